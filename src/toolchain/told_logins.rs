//! What GOAUTH's ways answer when they are asked who to be.

use std::collections::BTreeMap;

use url::Url;

use super::{AuthMethod, Credentials, LoginHeader, LoginOrigin, ModuleLogin};
use crate::model::Secret;

/// The headers of a request that say how it is sent, and that nobody who is asked for a login may set.
const NOT_THEIRS: [&str; 7] = [
    "connection",
    "content-length",
    "host",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
];

/// Why an answer tells of no login. Never says what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ToldLoginError {
    /// A blank line is missing at the end of addresses or headers.
    #[error("what it printed ends without a blank line")]
    Unfinished,
    /// A line is no address.
    #[error("line {0} of what it printed is no address")]
    Address(usize),
    /// A line is no header.
    #[error("line {0} of what it printed is no header")]
    Header(usize),
    /// git tells of another address than the one that it was asked about.
    #[error("it answers for another address")]
    OtherAddress,
    /// git knows no password.
    #[error("it knows no password")]
    NoPassword,
}

/// Reads what a program of GOAUTH's printed: addresses, a blank line, headers, a blank line, and so on.
///
/// # Errors
/// When it printed something else: as in the go command, then nothing of it counts.
pub fn logins_of_command(
    text: &str,
    method: &AuthMethod,
) -> Result<Vec<(Url, ModuleLogin)>, ToldLoginError> {
    let mut logins = Vec::new();
    let mut lines = Lines {
        rest: text,
        number: 0,
    };
    while !lines.rest.is_empty() {
        let mut addresses = Vec::new();
        while let Some(line) = lines.next_of_block()? {
            addresses.push(Url::parse(line).map_err(|_| ToldLoginError::Address(lines.number))?);
        }
        let mut headers = Vec::new();
        while let Some(line) = lines.next_of_block()? {
            let header = header(line).ok_or(ToldLoginError::Header(lines.number))?;
            headers.extend(Some(header).filter(|header| is_theirs(&header.name)));
        }
        for address in addresses {
            let by = LoginOrigin::Method(method.clone());
            let headers = headers.clone();
            logins.push((address, ModuleLogin { headers, by }));
        }
    }
    Ok(logins)
}

struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    /// Returns the next line, where it is not the blank one that ends a block.
    fn next_of_block(&mut self) -> Result<Option<&'a str>, ToldLoginError> {
        let (line, rest) = self
            .rest
            .split_once('\n')
            .ok_or(ToldLoginError::Unfinished)?;
        self.rest = rest;
        self.number += 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        Ok((!line.is_empty()).then_some(line))
    }
}

fn is_theirs(name: &str) -> bool {
    NOT_THEIRS.iter().all(|it| !it.eq_ignore_ascii_case(name))
}

/// Reads `NAME: VALUE`, where the space may be missing; RFC 9110, 5.5 and 5.6.2.
fn header(line: &str) -> Option<LoginHeader> {
    let (name, value) = line.split_once(':')?;
    let value = value.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let is_value = |c: char| c == '\t' || !c.is_ascii_control();
    (!name.is_empty() && name.chars().all(is_name) && value.chars().all(is_value)).then(|| {
        LoginHeader {
            name: name.to_owned(),
            value: Secret::new(value.to_owned()),
        }
    })
}

/// Reads what `git credential fill` answers about `asked`.
///
/// # Errors
/// When it tells of no password, or of one for another address.
pub fn login_of_git(
    text: &str,
    asked: &Url,
    method: &AuthMethod,
) -> Result<(Url, ModuleLogin), ToldLoginError> {
    let words = text.lines().filter_map(|line| line.trim().split_once('='));
    let words: BTreeMap<&str, &str> = words.collect();
    let word = |name: &str| words.get(name).copied().unwrap_or_default();
    let whole = Url::parse(word("url")).ok();
    let parts = || {
        let (protocol, host, path) = (word("protocol"), word("host"), word("path"));
        Url::parse(&format!("{protocol}://{host}/{path}")).ok()
    };
    let address = whole.or_else(parts).ok_or(ToldLoginError::OtherAddress)?;
    let path = address.path().trim_end_matches('/');
    let below = asked.path().strip_prefix(path);
    let is_asked = address.origin() == asked.origin()
        && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if !is_asked {
        return Err(ToldLoginError::OtherAddress);
    }
    if word("password").is_empty() {
        return Err(ToldLoginError::NoPassword);
    }
    let credentials = Credentials {
        user: word("username").to_owned(),
        password: Secret::new(word("password").to_owned()),
    };
    let by = LoginOrigin::Method(method.clone());
    Ok((address, ModuleLogin::basic(&credentials, by)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper() -> AuthMethod {
        AuthMethod::Command("helper".to_owned(), Vec::new())
    }

    fn shown(text: &str) -> Result<Vec<String>, ToldLoginError> {
        let logins = logins_of_command(text, &helper())?;
        let shown = |(url, login): &(Url, ModuleLogin)| {
            let headers = login.headers.iter();
            let headers: Vec<String> = headers
                .map(|it| format!("{}={}", it.name, it.value.expose()))
                .collect();
            format!("{url} {}", headers.join(","))
        };
        Ok(logins.iter().map(shown).collect())
    }

    #[test]
    fn blocks_of_addresses_have_blocks_of_headers() {
        let text = "https://a.example\nhttps://b.example/api/\n\nAuthorization: Basic dTpw\nX-Team: a: b \nHost: evil\n\nhttps://c.example/\n\n\n";
        assert_eq!(
            shown(text).unwrap(),
            [
                "https://a.example/ Authorization=Basic dTpw,X-Team=a: b",
                "https://b.example/api/ Authorization=Basic dTpw,X-Team=a: b",
                "https://c.example/ ",
            ]
        );
        assert_eq!(shown(""), Ok(Vec::new()));
        // As other systems end lines, and without the space.
        let text = "https://a.example\r\n\r\nAuthorization:Bearer x\r\n\r\n";
        assert_eq!(
            shown(text).unwrap(),
            ["https://a.example/ Authorization=Bearer x"]
        );
    }

    #[test]
    fn what_is_not_written_so_counts_for_nothing() {
        for (text, expected) in [
            ("https://a.example", ToldLoginError::Unfinished),
            ("https://a.example\n\nA: b\n", ToldLoginError::Unfinished),
            ("glpat-hunter2\n\nA: b\n\n", ToldLoginError::Address(1)),
            ("https://a.example\n\nA=b\n\n", ToldLoginError::Header(3)),
            ("https://a.example\n\nA b: c\n\n", ToldLoginError::Header(3)),
            (
                "https://a.example\n\nA: b\rC: d\n\n",
                ToldLoginError::Header(3),
            ),
        ] {
            let error = shown(text).unwrap_err();
            assert_eq!(error, expected, "{text:?}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn git_answers_for_what_it_was_asked_and_for_nothing_else() {
        let asked = Url::parse("https://a.example/go/m/@v/v1.zip").unwrap();
        let of = |text: &str| {
            let told = login_of_git(text, &asked, &helper());
            told.map(|(url, login)| format!("{url} {}", login.headers[0].value.expose()))
        };
        let known = "username=u\npassword=p\n";
        let host = format!("protocol=https\nhost=a.example\n{known}");
        assert_eq!(of(&host).unwrap(), "https://a.example/ Basic dTpw");
        let path = format!("protocol=https\nhost=a.example\npath=go\n{known}");
        assert_eq!(of(&path).unwrap(), "https://a.example/go Basic dTpw");
        for other in [
            format!("protocol=https\nhost=a.exam\n{known}"),
            format!("protocol=https\nhost=a.example\npath=g\n{known}"),
            format!("protocol=http\nhost=a.example\n{known}"),
            known.to_owned(),
        ] {
            assert_eq!(of(&other), Err(ToldLoginError::OtherAddress), "{other}");
        }
        let none = "protocol=https\nhost=a.example\nusername=u\n";
        assert_eq!(of(none), Err(ToldLoginError::NoPassword));
    }
}
