//! One question to a service, one answer.

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
const JSON: HeaderValue = HeaderValue::from_static("application/json");

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
    /// Asks for what is at `url`, as whoever has `bearer`.
    pub(super) fn get(
        &self,
        service: Service,
        url: Url,
        bearer: &Secret,
    ) -> Result<Answer, SigstoreError> {
        let bearer = Zeroizing::new(format!("Bearer {}", bearer.expose()));
        let mut value = HeaderValue::from_str(&bearer).map_err(|_| SigstoreError::NoHeader)?;
        value.set_sensitive(true);
        let request = Request::get(url).header(AUTHORIZATION, value);
        read(service, self.fetch(service, &request)?)
    }

    /// Posts `body`, JSON, to `url`. An entry that a log has already is as good as a new one: a
    /// request that was tried again is answered so.
    pub(super) fn post(
        &self,
        service: Service,
        url: Url,
        body: &[u8],
    ) -> Result<Answer, SigstoreError> {
        let answer = self.fetch(service, &posting(url, JSON, body))?;
        let there = answer.header(&LOCATION);
        match (answer.status(), there) {
            (StatusCode::CONFLICT, Some(there)) => match answer.url().join(there) {
                Ok(url) if url.origin() == answer.url().origin() => {
                    read(service, self.fetch(service, &Request::get(url))?)
                }
                _ => read(service, answer),
            },
            _ => read(service, answer),
        }
    }

    /// Posts `body`, of the media type `kind`, to `url`.
    pub(super) fn post_as(
        &self,
        service: Service,
        url: Url,
        kind: &'static str,
        body: &[u8],
    ) -> Result<Answer, SigstoreError> {
        let request = posting(url, HeaderValue::from_static(kind), body);
        read(service, self.fetch(service, &request)?)
    }

    fn fetch(&self, service: Service, request: &Request) -> Result<Response, SigstoreError> {
        let answer = self.client.fetch(request, self.conduct, &|_| ());
        answer.map_err(|source| SigstoreError::NoAnswer { service, source })
    }
}

fn posting(url: Url, kind: HeaderValue, body: &[u8]) -> Request {
    Request::new(Method::POST, url)
        .header(CONTENT_TYPE, kind)
        .body(Body::Bytes(Bytes::copy_from_slice(body)))
}

fn read(service: Service, answer: Response) -> Result<Answer, SigstoreError> {
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
            words: said(&words),
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    answer
        .copy_to(&mut *bytes, ANSWER_BYTES, &|_| ())
        .map_err(|source: HttpError| SigstoreError::NoAnswer { service, source })?;
    Ok(Answer { bytes, host })
}

/// All of them say no in JSON with a message.
fn said(words: &[u8]) -> ForeignText {
    let json: Option<serde_json::Value> = serde_json::from_slice(words).ok();
    let message = json.as_ref().and_then(|json| json["message"].as_str());
    match message {
        Some(message) => ForeignText::new(message.get(..WORDS_BYTES).unwrap_or(message)),
        None => ForeignText::from_bytes(words.get(..WORDS_BYTES).unwrap_or(words).trim_ascii()),
    }
}
