//! Where images are kept: a registry's host and a path in it, distribution-spec v1.1.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;

use super::ImageName;

/// The host of a registry, with a port where one is written: `registry.example.com:5000`.
///
/// ```
/// # use coracle::model::RegistryHost;
/// let host: RegistryHost = "[::1]:5000".parse().unwrap();
/// assert!(host.is_loopback());
/// assert_eq!(host.port(), Some(5000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct RegistryHost(String);

/// A repository, named in full: `HOST/PATH`.
///
/// The host is never guessed: a name without one is an error.
///
/// ```
/// # use coracle::model::Repository;
/// let repository: Repository = "registry.example.com/team/api".parse().unwrap();
/// assert_eq!(repository.path(), "team/api");
/// assert!("team/api".parse::<Repository>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Repository {
    host: RegistryHost,
    path: String,
}

/// Why a text is no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// The host is not a name or an address with a port.
    #[error(
        "{0:?} is not a registry's host, expected a name or address, as in registry.example.com:5000"
    )]
    Host(String),
    /// The first part is not a host.
    #[error("{0:?} names no registry, expected HOST/PATH, as in registry.example.com/team/api")]
    NoHost(String),
    /// The path breaks the grammar of the distribution-spec.
    #[error(
        "{0:?} is not a repository's path, expected lower-case letters and digits with single separators ('.', '_', '-', '/')"
    )]
    Path(String),
    /// Host and path together are longer than registries take.
    #[error("a repository's name has at most 255 characters, found {0}")]
    Long(usize),
}

impl RegistryHost {
    /// Returns the text, `NAME` or `NAME:PORT`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name or address without the port, and without the brackets of IPv6.
    pub fn name(&self) -> &str {
        let name = self.split().0;
        name.trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the port where one is written.
    pub fn port(&self) -> Option<u16> {
        self.split().1.and_then(|port| port.parse().ok())
    }

    /// Tells whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1`.
    pub fn is_loopback(&self) -> bool {
        let name = self.name();
        name == "localhost"
            || name
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    fn split(&self) -> (&str, Option<&str>) {
        match self.0.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (&self.0, None),
        }
    }
}

impl FromStr for RegistryHost {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = Self(text.to_owned());
        let (name, port) = host.split();
        let label = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b == b'_';
        let is_name = match name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.bytes().all(label)
            }
        };
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0));
        if is_name && is_port {
            Ok(host)
        } else {
            Err(RepositoryError::Host(text.to_owned()))
        }
    }
}

impl Repository {
    /// Joins a host and a path.
    ///
    /// # Errors
    /// When the path breaks the grammar or the whole is too long.
    pub fn new(host: RegistryHost, path: &str) -> Result<Self, RepositoryError> {
        if !path.split('/').all(is_path_component) {
            return Err(RepositoryError::Path(path.to_owned()));
        }
        let len = host.as_str().len() + 1 + path.len();
        if len > 255 {
            return Err(RepositoryError::Long(len));
        }
        Ok(Self {
            host,
            path: path.to_owned(),
        })
    }

    /// Returns the name, on the machine that loads it, of an image that is meant for no registry:
    /// `localhost/NAME`, which Docker and podman take for nobody else's.
    pub fn local(name: &ImageName) -> Self {
        Self {
            host: RegistryHost("localhost".to_owned()),
            path: name.to_string(),
        }
    }

    /// Returns the registry's host.
    pub fn host(&self) -> &RegistryHost {
        &self.host
    }

    /// Returns the path within the registry.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(component: &str) -> bool {
    let separators = component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    word(component.as_bytes().first())
        && word(component.as_bytes().last())
        && separators.into_iter().all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
        })
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl TryFrom<String> for Repository {
    type Error = RepositoryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_host = || RepositoryError::NoHost(text.to_owned());
        let (host, path) = text.split_once('/').ok_or_else(no_host)?;
        // As in Docker's grammar: what has no dot and no port is a path, but for localhost.
        if host != "localhost" && !host.contains(['.', ':']) {
            return Err(no_host());
        }
        Self::new(host.parse()?, path)
    }
}

impl TryFrom<String> for RegistryHost {
    type Error = RepositoryError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_the_distribution_spec_holds() {
        for right in [
            "localhost/a",
            "localhost:5000/a/b",
            "127.0.0.1:5000/x",
            "[::1]:5000/x",
            "ghcr.example/a__b/c.d/e---f",
        ] {
            assert_eq!(right.parse::<Repository>().unwrap().to_string(), right);
        }
        for wrong in [
            "",
            "a",
            "team/api",
            "host.example/",
            "host.example/A",
            "host.example/a//b",
            "host.example/a..b",
            "host.example/-a",
            "host.example/a-",
            "host.example/a___b",
            "host:0/a",
            "host:99999/a",
            "https://h.example/a",
            "user@host.example/a",
            "host.example/a b",
            "host.example/../a",
        ] {
            assert!(wrong.parse::<Repository>().is_err(), "{wrong:?}");
        }
        assert!(
            format!("h.example/{}", "a".repeat(250))
                .parse::<Repository>()
                .is_err()
        );
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let host = |text: &str| text.parse::<RegistryHost>().unwrap();
        for near in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:80",
            "127.9.9.9",
            "[::1]:5000",
        ] {
            assert!(host(near).is_loopback(), "{near}");
        }
        for far in ["localhost.example.com", "10.0.0.1", "128.0.0.1:80", "[::2]"] {
            assert!(!host(far).is_loopback(), "{far}");
        }
    }
}
