//! One question to a service, one answer.

use std::borrow::Cow;
use std::fmt;
use std::io::Read as _;

use bytes::Bytes;
use url::Url;
use zeroize::Zeroizing;

use super::SigstoreError;
use crate::adapters::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use crate::adapters::http::{
    Body, Client, Conduct, HttpError, Method, Request, Response, StatusCode,
};
use crate::model::{ForeignText, Secret, limits};

/// The longest answer of a service: an entry holds a certificate and a proof.
const ANSWER_BYTES: u64 = 1 << 20;
/// Words of a service that are shown when it says no.
const WORDS_BYTES: usize = 1 << 10;
/// What most of them speak.
pub(super) const JSON: &str = "application/json";

/// Whom we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Who makes identity tokens.
    Issuer,
    /// Who makes certificates.
    Fulcio,
    /// Who keeps what was signed.
    Rekor,
    /// Who tells the time.
    TimeStamps,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer => "the issuer of identity tokens",
            Self::Fulcio => "the certificate authority",
            Self::Rekor => "the log",
            Self::TimeStamps => "the time-stamp authority",
        })
    }
}

/// What a service answered, and who it was.
pub(super) struct Answer {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) host: String,
}

/// Asks services.
pub(super) struct Asker<'a> {
    pub(super) client: &'a Client,
    pub(super) conduct: Conduct,
}

impl Asker<'_> {
    /// Asks once, and again where that may help.
    pub(super) fn ask(&self, service: Service, request: &Request) -> Result<Answer, SigstoreError> {
        read(service, request, self.fetch(service, request)?)
    }

    /// Asks a log to keep an entry. One that it has already is as good as a new one: a request that
    /// was tried again is answered so.
    pub(super) fn ask_log(&self, request: &Request) -> Result<Answer, SigstoreError> {
        let answer = self.fetch(Service::Rekor, request)?;
        let asked = answer.url().clone();
        let there = answer.header(&LOCATION).map(str::to_owned);
        match (
            answer.status(),
            there.and_then(|there| asked.join(&there).ok()),
        ) {
            (StatusCode::CONFLICT, Some(there)) if there.origin() == asked.origin() => {
                self.ask(Service::Rekor, &Request::get(there))
            }
            _ => read(Service::Rekor, request, answer),
        }
    }

    fn fetch(&self, service: Service, request: &Request) -> Result<Response, SigstoreError> {
        let answer = self.client.fetch(request, self.conduct, &|_| ());
        answer.map_err(|source| SigstoreError::NoAnswer { service, source })
    }
}

/// Returns a request that posts `body`, of the media type `kind`, to `url`.
pub(super) fn posting(url: Url, kind: &'static str, body: Vec<u8>) -> Request {
    Request::new(Method::POST, url)
        .header(CONTENT_TYPE, HeaderValue::from_static(kind))
        .body(Body::Bytes(Bytes::from(body)))
}

/// Lets `request` show `token`, which stays behind where a redirect leads elsewhere.
pub(super) fn bearing(
    request: Request,
    service: Service,
    token: &Secret,
) -> Result<Request, SigstoreError> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| SigstoreError::NoHeader(service))?;
    value.set_sensitive(true);
    Ok(request.header(AUTHORIZATION, value))
}

fn read(service: Service, request: &Request, answer: Response) -> Result<Answer, SigstoreError> {
    let (host, status) = (answer.authority(), answer.status());
    if !status.is_success() {
        let mut words = Vec::new();
        // Words that break off are better than none.
        let _ = answer
            .take(limits::SMALL_ANSWER_BYTES)
            .read_to_end(&mut words);
        return Err(SigstoreError::Refused {
            service,
            host,
            status: status.as_u16(),
            words: said(&without_token(request, &words)),
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    answer
        .copy_to(&mut *bytes, ANSWER_BYTES, &|_| ())
        .map_err(|source: HttpError| SigstoreError::NoAnswer { service, source })?;
    Ok(Answer { bytes, host })
}

/// Some show what they were asked, when they say no.
fn without_token<'a>(request: &Request, words: &'a [u8]) -> Cow<'a, [u8]> {
    let shown = request.headers.get(AUTHORIZATION);
    let token = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match (token, str::from_utf8(words)) {
        (Some(token), Ok(text)) if text.contains(token) => {
            Cow::Owned(text.replace(token, "(the token)").into_bytes())
        }
        _ => Cow::Borrowed(words),
    }
}

/// All of them say no in JSON with a message.
fn said(words: &[u8]) -> ForeignText {
    let json: Option<serde_json::Value> = serde_json::from_slice(words).ok();
    let message = json.as_ref().and_then(|json| json["message"].as_str());
    match message {
        Some(message) => ForeignText::new(&message[..message.floor_char_boundary(WORDS_BYTES)]),
        None => ForeignText::from_bytes(words[..words.len().min(WORDS_BYTES)].trim_ascii()),
    }
}
