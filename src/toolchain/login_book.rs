//! Who to be where: what GOAUTH's ways have told so far.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::{AuthMethod, Credentials, Netrc};
use crate::model::Secret;

/// What is said to a server so that it knows who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleLogin {
    /// The headers of a request.
    pub headers: Vec<LoginHeader>,
    /// Who knew.
    pub by: LoginOrigin,
}

/// A header of a request. Its value is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
}

/// Who knew a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOrigin {
    /// The address of the server holds it.
    Address,
    /// A way of GOAUTH's.
    Method(AuthMethod),
}

impl fmt::Display for LoginOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("its address"),
            Self::Method(method) => method.fmt(f),
        }
    }
}

impl ModuleLogin {
    /// Makes user and password what is said.
    pub fn basic(credentials: &Credentials, by: LoginOrigin) -> Self {
        let Credentials { user, password } = credentials;
        let token = STANDARD.encode(format!("{user}:{}", password.expose()));
        let header = LoginHeader {
            name: "Authorization".to_owned(),
            value: Secret::new(format!("Basic {token}")),
        };
        Self {
            headers: vec![header],
            by,
        }
    }
}

/// Logins by the addresses that they are for. As in the go command, what is told later counts in place of what
/// was told before, and the longest address first.
#[derive(Debug, Default)]
pub struct LoginBook {
    /// By `HOST/PATH` or `HOST:PORT/PATH`, without a slash at the end.
    by_address: BTreeMap<String, ModuleLogin>,
    /// By what a netrc file calls hosts: it knows no ports.
    by_name: BTreeMap<String, ModuleLogin>,
}

impl LoginBook {
    /// Enters who to be at all that is below `address`, an https address; nobody, where `login` has no headers.
    pub fn enter(&mut self, address: &Url, login: ModuleLogin) {
        if address.scheme() != "https" {
            return;
        }
        let key = key(address);
        if login.headers.is_empty() {
            self.by_address.remove(&key);
        } else {
            self.by_address.insert(key, login);
        }
    }

    /// Enters what the netrc file says: of two lines about a host, the first counts.
    pub fn enter_netrc(&mut self, netrc: &Netrc) {
        for (host, credentials) in netrc.iter().rev() {
            let by = LoginOrigin::Method(AuthMethod::Netrc);
            let login = ModuleLogin::basic(credentials, by);
            self.by_address.insert(host.to_owned(), login.clone());
            self.by_name.insert(host.to_owned(), login);
        }
    }

    /// Returns who to be at `url`. Nobody on the way may listen: that it is https, or leads to this machine
    /// itself, is for whoever asks to see to. The latter knows of the netrc file alone.
    pub fn find(&self, url: &Url) -> Option<&ModuleLogin> {
        let of_name = || self.by_name.get(url.host_str()?);
        if url.scheme() != "https" {
            return of_name();
        }
        let key = key(url);
        let mut address = key.as_str();
        loop {
            if let Some(login) = self.by_address.get(address) {
                return Some(login);
            }
            match address.rsplit_once('/') {
                Some((above, _)) => address = above,
                None => return of_name().filter(|_| url.port().is_some()),
            }
        }
    }
}

/// What asks with a query asks for the same as what does not.
fn key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    format!("{host}{}{path}", port.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(value: &str) -> ModuleLogin {
        let header = LoginHeader {
            name: "Token".to_owned(),
            value: Secret::new(value.to_owned()),
        };
        ModuleLogin {
            headers: vec![header],
            by: LoginOrigin::Method(AuthMethod::Command("h".to_owned(), Vec::new())),
        }
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_longest_address_counts_and_no_other_host_or_port_is_told() {
        let mut book = LoginBook::default();
        book.enter(&url("https://a.example/"), login("all"));
        book.enter(&url("https://a.example/go"), login("old"));
        book.enter(&url("https://a.example:443/go/"), login("go"));
        book.enter(&url("https://b.example:8443"), login("port"));
        book.enter(&url("http://c.example"), login("plain"));
        let find = |text: &str| {
            let login = book.find(&url(text))?;
            Some(login.headers[0].value.expose().to_owned())
        };
        assert_eq!(find("https://a.example/go/m/@v/list").unwrap(), "go");
        assert_eq!(find("https://a.example/go?go-get=1").unwrap(), "go");
        assert_eq!(find("https://a.example/gopher").unwrap(), "all");
        assert_eq!(find("https://b.example:8443/x").unwrap(), "port");
        for other in [
            "https://a.example.evil/go",
            "https://a.example:8443/go",
            "http://a.example/go",
            "https://b.example/x",
            "https://c.example/x",
        ] {
            assert_eq!(find(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_told_later_counts_and_nothing_is_a_word_too() {
        let mut book = LoginBook::default();
        let netrc = "machine a.example login u password p\nmachine a.example login v password q\n";
        book.enter_netrc(&Netrc::parse(netrc));
        let at = |book: &LoginBook, text: &str| book.find(&url(text)).cloned();
        let known = at(&book, "https://a.example/x").unwrap();
        assert_eq!(known.headers[0].value.expose(), "Basic dTpw");
        assert_eq!(at(&book, "https://a.example:99"), Some(known.clone()));
        assert_eq!(at(&book, "http://a.example:99"), Some(known));
        book.enter(&url("https://a.example"), login("new"));
        assert_eq!(at(&book, "https://a.example/x"), Some(login("new")));
        let nobody = ModuleLogin {
            headers: Vec::new(),
            ..login("")
        };
        book.enter(&url("https://a.example"), nobody);
        assert_eq!(at(&book, "https://a.example/x"), None);
    }
}
