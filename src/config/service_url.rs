//! Addresses of services.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::text_value::written_as_text;

/// Where a service answers: https, or http on this machine.
///
/// ```
/// # use coracle::config::ServiceUrl;
/// assert!("https://fulcio.example.com".parse::<ServiceUrl>().is_ok());
/// assert!("http://localhost:5555".parse::<ServiceUrl>().is_ok());
/// assert!("http://fulcio.example.com".parse::<ServiceUrl>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl(Url);

/// Why a text is no address of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceUrlError {
    /// It is no URL, or one of something else.
    #[error(
        "{0:?} is not the address of a service, expected one like \"https://fulcio.example.com\""
    )]
    NoUrl(String),
    /// What it is told could be read on the way.
    #[error("{0:?} is spoken to without encryption\nwrite https://")]
    Plain(String),
    /// It may hold a token.
    #[error("the address of a service holds a query\ntake it out")]
    Query,
    /// It holds a password or a token.
    #[error("the address of a service holds credentials\ntake them out")]
    Credentials,
}

impl ServiceUrl {
    /// Returns the address of `path` below this one.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }

    /// Returns the address.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for ServiceUrl {
    type Err = ServiceUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_url = || ServiceUrlError::NoUrl(text.to_owned());
        // Both are seen before all else, so that no message repeats them.
        if text.contains('@') {
            return Err(ServiceUrlError::Credentials);
        }
        if text.contains(['?', '#']) {
            return Err(ServiceUrlError::Query);
        }
        let url = Url::parse(text).map_err(|_| no_url())?;
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_this_machine(&url) => Ok(Self(url)),
            "http" => Err(ServiceUrlError::Plain(text.to_owned())),
            _ => Err(no_url()),
        }
    }
}

/// Tells whether nothing that is sent there leaves this machine.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

written_as_text!(ServiceUrl);
