//! The address of a repository that anybody may fetch from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Where the source of somebody else's image is fetched from: `https`, or `http` on this machine.
///
/// No other way is taken: what names it is a statement from outside, and git's other ways start
/// programs or read this machine's files. It holds no user and no password.
///
/// ```
/// # use coracle::model::GitUrl;
/// assert!("https://github.com/team/app".parse::<GitUrl>().is_ok());
/// assert!("ext::sh -c reboot".parse::<GitUrl>().is_err());
/// assert!("https://me:secret@github.com/team/app".parse::<GitUrl>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct GitUrl(Url);

/// Why a text is no such address; it may hold a password, and so is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GitUrlError {
    /// It is no URL.
    #[error("the address of the source is no URL")]
    Malformed,
    /// It is of another kind.
    #[error("source is fetched over https only, and over http from this machine")]
    Scheme,
    /// It tells who asks.
    #[error("the address of the source names a user or a password")]
    Credentials,
}

impl GitUrl {
    /// Returns the protocol, as git names it.
    pub fn protocol(&self) -> &str {
        self.0.scheme()
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for GitUrl {
    type Err = GitUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| GitUrlError::Malformed)?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(GitUrlError::Scheme),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(GitUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GitUrlError::Credentials);
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for GitUrl {
    type Error = GitUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<GitUrl> for String {
    fn from(url: GitUrl) -> Self {
        url.0.into()
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_that_start_programs_or_read_this_machine_are_refused() {
        for (text, error) in [
            ("", GitUrlError::Malformed),
            ("team/app", GitUrlError::Malformed),
            ("--upload-pack=touch x", GitUrlError::Malformed),
            ("ext::sh -c touch% x", GitUrlError::Scheme),
            ("file:///etc", GitUrlError::Scheme),
            ("ssh://git@github.com/team/app", GitUrlError::Scheme),
            ("git@github.com:team/app", GitUrlError::Malformed),
            ("http://git.example.com/app", GitUrlError::Scheme),
            ("http://127.0.0.1.example.com/app", GitUrlError::Scheme),
            ("https://token@example.com/app", GitUrlError::Credentials),
            ("https://:secret@example.com/app", GitUrlError::Credentials),
        ] {
            assert_eq!(text.parse::<GitUrl>(), Err(error), "{text:?}");
        }
        for right in ["https://git.example.com/app", "http://127.0.0.1:8080/app"] {
            assert_eq!(right.parse::<GitUrl>().map(String::from), Ok(right.into()));
        }
    }
}
