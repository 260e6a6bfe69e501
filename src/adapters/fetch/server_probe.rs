//! The `ServerProbe` port.

use std::io::Read as _;
use std::net::IpAddr;

use url::Url;

use super::module_servers::ModuleServers;
use crate::adapters::http::header::DATE;
use crate::adapters::http::{Client, Conduct, HttpError, Response, RetryPolicy, StatusCode};
use crate::config::AddressTrust;
use crate::doctor::{Answer, Login};
use crate::model::{Environment, ForeignText, Timestamp};
use crate::ports::{Reply, ServerProbe};
use crate::toolchain::{ModuleSettings, Proxy, ProxyUrl};

/// The longest file or page that is read.
const MAX_BYTES: u64 = 256 << 10;

/// Asks the servers that a user's settings name.
pub struct Servers<'a> {
    servers: ModuleServers<'a>,
    client: &'a Client,
}

impl<'a> Servers<'a> {
    /// Asks through `client`; passwords come from the user's netrc file where `settings` allow it.
    pub fn new(
        client: &'a Client,
        retry: RetryPolicy,
        environment: &Environment,
        settings: &ModuleSettings,
    ) -> Self {
        let conduct = Conduct {
            retry,
            trust: AddressTrust::default(),
        };
        Self {
            servers: ModuleServers::new(client, conduct, environment, settings),
            client,
        }
    }

    fn ask(&self, server: &ProxyUrl, url: Url) -> Reply {
        let knows_us = self.servers.credentials(server).is_some();
        let response = match self.servers.send(server, url, 0) {
            Ok(response) => response,
            Err(error) => return silent(&error),
        };
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
                reason: said(&host, status, &bytes),
                login: match status {
                    _ if knows_us => Login::Given,
                    StatusCode::UNAUTHORIZED => Login::Wanted,
                    _ => Login::NotWanted,
                },
            },
            (status, _) if status.is_client_error() => Answer::Wrong(said(&host, status, &bytes)),
            (status, _) => Answer::Silent(said(&host, status, &bytes)),
        };
        Reply {
            answer,
            bytes,
            date,
        }
    }
}

impl ServerProbe for Servers<'_> {
    fn file(&self, proxy: &Proxy, path: &str) -> Reply {
        if let Proxy::Server(server) = proxy {
            return self.ask(server, server.join(path));
        }
        let mut reply = Reply {
            answer: Answer::Has,
            bytes: Vec::new(),
            date: None,
        };
        match self.servers.read(proxy, path, MAX_BYTES) {
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
        self.servers.netrc().find(host).is_some()
    }

    fn page(&self, url: &Url) -> Reply {
        match ProxyUrl::parse(url.as_str()) {
            Ok(server) => self.ask(&server, url.clone()),
            Err(error) => Reply {
                answer: Answer::Wrong(error.to_string()),
                bytes: Vec::new(),
                date: None,
            },
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
    Reply {
        answer,
        bytes: Vec::new(),
        date: None,
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
