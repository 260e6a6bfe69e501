//! One entry of GOPROXY.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::model::{ForeignText, Secret};

/// Where modules may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// A Go module proxy.
    Server(ProxyUrl),
    /// A folder that is laid out as a proxy is: `file:///…`.
    Folder(PathBuf),
    /// `direct`: the repositories themselves.
    Direct,
    /// `off`: nowhere.
    Off,
}

/// The address of a server of modules or checksums, and who to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    url: Url,
    credentials: Option<Credentials>,
}

/// A user and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: Secret,
}

/// Why a text is no address that modules could come from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// It is no URL at all.
    #[error("{0} is not a URL, expected https://…, http://…, file:///…, direct or off")]
    NotAUrl(ForeignText),
    /// Its scheme is not one that modules are fetched by.
    #[error("{0} has a scheme that modules are not fetched by, expected https, http or file")]
    Scheme(ForeignText),
    /// A `file:` URL is more than a path.
    #[error("{0} is not a folder, expected file:/// and an absolute path")]
    NotAFolder(ForeignText),
}

impl Proxy {
    /// Reads one entry, which is neither empty nor surrounded by space.
    pub(super) fn parse(entry: &str) -> Result<Self, ProxyError> {
        match entry {
            "direct" => return Ok(Self::Direct),
            "off" => return Ok(Self::Off),
            _ => {}
        }
        let url = to_url(entry)?;
        match url.scheme() {
            "http" | "https" => Ok(Self::Server(ProxyUrl::split(url))),
            "file" if url.query().is_none() && url.fragment().is_none() => url
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| ProxyError::NotAFolder(ForeignText::new(entry))),
            "file" => Err(ProxyError::NotAFolder(ForeignText::new(entry))),
            _ => Err(ProxyError::Scheme(ForeignText::new(entry))),
        }
    }
}

/// As the go command does: a host may stand without its scheme.
fn to_url(entry: &str) -> Result<Url, ProxyError> {
    let bare = entry.contains(['.', ':', '/']) && !entry.contains(":/") && !entry.starts_with('/');
    let text = if bare {
        format!("https://{entry}")
    } else {
        entry.to_owned()
    };
    Url::parse(&text).map_err(|_| ProxyError::NotAUrl(ForeignText::new(entry)))
}

impl ProxyUrl {
    /// Reads the address of a server.
    ///
    /// # Errors
    /// When the text is no `https` or `http` URL.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let url = Url::parse(text).map_err(|_| ProxyError::NotAUrl(ForeignText::new(text)))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self::split(url)),
            _ => Err(ProxyError::Scheme(ForeignText::new(text))),
        }
    }

    fn split(mut url: Url) -> Self {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = decoded(url.username());
        let password = url.password().map(decoded).unwrap_or_default();
        let credentials = (!user.is_empty() || !password.is_empty()).then(|| Credentials {
            user,
            password: Secret::new(password),
        });
        // Neither fails for a URL that has a host, and one without has no user either.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Self { url, credentials }
    }

    /// Returns the address of `path` below this one, without user and password.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }

    /// Returns the server's name.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Tells whether nobody on the way can listen: https, or this machine itself.
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
            || match self.url.host() {
                Some(Host::Domain(name)) => name == "localhost",
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            }
    }

    /// Returns who to be there, where the address said so.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ForeignText::new(self.url.as_str()).fmt(f)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(url) => url.fmt(f),
            Self::Folder(path) => ForeignText::new(&path.to_string_lossy()).fmt(f),
            Self::Direct => f.write_str("direct"),
            Self::Off => f.write_str("off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_kept_apart_and_never_shown() {
        let proxy = Proxy::parse("https://me%40corp:hunter2@goproxy.example.com/go/").unwrap();
        let shown = format!("{proxy} {proxy:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let Proxy::Server(url) = proxy else {
            panic!("{shown}")
        };
        let credentials = url.credentials().unwrap();
        assert_eq!(credentials.user, "me@corp");
        assert_eq!(credentials.password.expose(), "hunter2");
        assert_eq!(
            url.join("m/@v/v1.zip").as_str(),
            "https://goproxy.example.com/go/m/@v/v1.zip"
        );
    }

    #[test]
    fn entries_mean_what_the_go_command_takes_them_for() {
        let server = |text: &str| Proxy::Server(ProxyUrl::parse(text).unwrap());
        let cases = [
            ("direct", Proxy::Direct),
            ("off", Proxy::Off),
            ("goproxy.example.com", server("https://goproxy.example.com")),
            ("localhost:3000", server("https://localhost:3000")),
            ("http://localhost:3000", server("http://localhost:3000")),
            ("file:///srv/a%20b", Proxy::Folder("/srv/a b".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(Proxy::parse(text), Ok(expected), "{text}");
        }
        for text in [
            "nonsense",
            "ftp://host/x",
            "file://host/x",
            "file:///x?y",
            "/srv",
        ] {
            assert!(Proxy::parse(text).is_err(), "{text}");
        }
    }
}
