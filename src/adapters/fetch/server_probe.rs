//! The `ServerProbe` port.

use std::io::Read as _;
use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::fetch_error::FetchError;
use super::logins::{Logins, TIME_LIMIT};
use super::module_servers::{Answered, ModuleServers};
use crate::adapters::http::header::DATE;
use crate::adapters::http::{Client, Conduct, HttpError, Response, RetryPolicy, StatusCode};
use crate::config::AddressTrust;
use crate::doctor::{Answer, Login};
use crate::model::{Cancellation, Environment, ForeignText, Timestamp};
use crate::ports::{Reply, ServerProbe};
use crate::toolchain::{AuthMethod, GoAuth, LoginOrigin, ModuleSettings, Proxy, ProxyUrl};

/// The longest file or page that is read.
const MAX_BYTES: u64 = 256 << 10;

/// Asks the servers that a user's settings name.
pub struct Servers<'a> {
    modules: ModuleServers<'a>,
    client: &'a Client,
    /// Whether GOAUTH names others than the netrc file, or nobody.
    asks_others: bool,
}

impl<'a> Servers<'a> {
    /// Asks through `client`, as whoever the GOAUTH of `settings` says, which may take `patience` each time.
    pub fn new(
        client: &'a Client,
        retry: RetryPolicy,
        environment: &Environment,
        settings: &ModuleSettings,
        patience: Duration,
        cancellation: &Cancellation,
    ) -> Self {
        let conduct = Conduct {
            retry,
            trust: AddressTrust::default(),
        };
        let time = patience.min(TIME_LIMIT);
        let logins = Logins::new(environment, settings, time, cancellation.clone());
        Self {
            modules: ModuleServers::new(client, conduct, logins),
            client,
            asks_others: settings.auth().is_ok_and(|auth| auth != GoAuth::default()),
        }
    }

    fn ask(&self, server: &ProxyUrl, url: &Url) -> Reply {
        let Answered { response, login } = match self.modules.send(server, url, 0) {
            Ok(answered) => answered,
            Err(FetchError::Http(error)) => return silent(&error),
            Err(error @ FetchError::Auth(_)) => return unasked(Answer::Wrong(error.to_string())),
            Err(error) => return unasked(Answer::Silent(error.to_string())),
        };
        let by = login.as_ref().map(ToString::to_string);
        let status = response.status();
        let date = date_of(&response);
        let host = response.authority();
        let mut bytes = Vec::new();
        let read = response.take(MAX_BYTES).read_to_end(&mut bytes);
        let answer = match (status, read) {
            (StatusCode::OK, Err(error)) => Answer::Silent(error.to_string()),
            (StatusCode::OK, Ok(_)) => Answer::Has,
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Answer::HasNot,
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => Answer::Denies {
                reason: format!(
                    "{}{}",
                    said(&host, status, &bytes),
                    self.modules.asker(login.clone())
                ),
                login: match (&login, status) {
                    (Some(LoginOrigin::Method(method)), _) if *method != AuthMethod::Netrc => {
                        Login::Told
                    }
                    (Some(_), _) => Login::Given,
                    (None, _) if self.asks_others => Login::Untold,
                    (None, StatusCode::UNAUTHORIZED) => Login::Wanted,
                    (None, _) => Login::NotWanted,
                },
            },
            (status, _) if status.is_client_error() => Answer::Wrong(said(&host, status, &bytes)),
            (status, _) => Answer::Silent(said(&host, status, &bytes)),
        };
        Reply {
            answer,
            bytes,
            date,
            login: by,
        }
    }
}

impl ServerProbe for Servers<'_> {
    fn file(&self, proxy: &Proxy, path: &str) -> Reply {
        if let Proxy::Server(server) = proxy {
            return self.ask(server, &server.join(path));
        }
        let mut reply = Reply {
            answer: Answer::Has,
            bytes: Vec::new(),
            date: None,
            login: None,
        };
        match self.modules.read(proxy, path, MAX_BYTES) {
            Ok(bytes) => reply.bytes = bytes,
            Err(crate::toolchain::Refusal::NotFound(_)) => reply.answer = Answer::HasNot,
            Err(refusal) => reply.answer = Answer::Silent(refusal.into_reason().to_string()),
        }
        reply
    }

    fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let url = Url::parse(&format!("https://{host}"));
        let found = url.ok().and_then(|url| self.client.addresses(&url).ok());
        found.unwrap_or_default()
    }

    fn knows_login(&self, host: &str) -> bool {
        self.modules.netrc().find(host).is_some()
    }

    fn page(&self, url: &Url) -> Reply {
        match ProxyUrl::parse(url.as_str()) {
            Ok(server) => self.ask(&server, url),
            Err(error) => unasked(Answer::Wrong(error.to_string())),
        }
    }
}

fn silent(error: &HttpError) -> Reply {
    let answer = match error {
        HttpError::Setup(_) | HttpError::Redirect(_) | HttpError::Forbidden(_) => {
            Answer::Wrong(error.to_string())
        }
        _ => Answer::Silent(error.to_string()),
    };
    unasked(answer)
}

/// Nobody has sent anything.
fn unasked(answer: Answer) -> Reply {
    Reply {
        answer,
        bytes: Vec::new(),
        date: None,
        login: None,
    }
}

fn said(host: &str, status: StatusCode, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    // A page is nothing to be read in a line.
    let line = line
        .filter(|line| !line.starts_with('<'))
        .unwrap_or_default();
    let line: String = line.chars().take(200).collect();
    let status = status.as_u16();
    if line.is_empty() {
        format!("{host} answered {status}")
    } else {
        format!("{host} answered {status}: {}", ForeignText::new(&line))
    }
}

fn date_of(response: &Response) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(response.header(&DATE)?).ok()?;
    let seconds = date.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Some(Timestamp::from_seconds(seconds.try_into().ok()?))
}
