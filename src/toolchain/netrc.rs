//! The user's netrc file, from which the go command takes passwords by default.

use super::Credentials;
use crate::model::Secret;

/// Passwords by host, as ftp, curl and git read them too.
#[derive(Debug, Default)]
pub struct Netrc(Vec<(String, Credentials)>);

impl Netrc {
    /// The longest file that is read.
    pub const MAX_BYTES: u64 = 1 << 20;

    /// Reads `machine HOST login USER password PASSWORD`, as the go command does: pairs of words,
    /// on one line or several; macros are passed over; nothing counts after `default`.
    pub fn parse(text: &str) -> Self {
        let mut known = Self::default();
        let mut entry = Unfinished::default();
        let mut in_macro = false;
        for line in text.lines() {
            in_macro &= !line.is_empty();
            if in_macro {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            for pair in words.chunks(2) {
                match *pair {
                    ["default", ..] => return known,
                    ["machine", host] => entry = Unfinished::of(host),
                    ["login", user] => entry.user = Some(user),
                    ["password", password] => entry.password = Some(password),
                    ["macdef", _] => in_macro = true,
                    _ => {}
                }
                known.0.extend(entry.finish());
            }
        }
        known
    }

    /// Returns all entries, in the order of the file.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Credentials)> {
        self.0
            .iter()
            .map(|(host, credentials)| (host.as_str(), credentials))
    }

    /// Returns who to be at `host`: the first entry counts.
    pub fn find(&self, host: &str) -> Option<&Credentials> {
        self.0
            .iter()
            .find(|(known, _)| known == host)
            .map(|(_, credentials)| credentials)
    }
}

#[derive(Default)]
struct Unfinished<'a> {
    host: Option<&'a str>,
    user: Option<&'a str>,
    password: Option<&'a str>,
}

impl<'a> Unfinished<'a> {
    fn of(host: &'a str) -> Self {
        Self {
            host: Some(host),
            ..Self::default()
        }
    }

    /// Returns the entry once all three words are there, and begins the next.
    fn finish(&mut self) -> Option<(String, Credentials)> {
        let (host, user, password) = (self.host?, self.user?, self.password?);
        *self = Self::default();
        let credentials = Credentials {
            user: user.to_owned(),
            password: Secret::new(password.to_owned()),
        };
        Some((host.to_owned(), credentials))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_host() {
        let netrc = Netrc::parse(
            "machine one.example login me password a\n\
             machine two.example\n  login you\n  password b\n\
             macdef init\nmachine three.example login x password y\n\n\
             machine one.example login other password z\n\
             default login anyone password c\n\
             machine four.example login late password d\n",
        );
        let found = |host: &str| {
            let credentials = netrc.find(host)?;
            Some((credentials.user.as_str(), credentials.password.expose()))
        };
        assert_eq!(found("one.example"), Some(("me", "a")));
        assert_eq!(found("two.example"), Some(("you", "b")));
        assert_eq!(found("three.example"), None);
        assert_eq!(found("four.example"), None);
    }
}
