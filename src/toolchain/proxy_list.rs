//! GOPROXY: who is asked for modules, one after the other.

use std::path::Path;

use url::Url;

use super::{Proxy, ProxyError};
use crate::model::Secret;

/// The list that GOPROXY holds. After `,` the next is asked when this one does not have what is
/// asked for; after `|` also when it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyList {
    entries: Vec<Entry>,
    text: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    proxy: Proxy,
    fall_back: FallBack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FallBack {
    WhenNotFound,
    OnAnyFailure,
}

/// Why a text is no list of proxies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyListError {
    /// There is nothing between the separators.
    #[error("GOPROXY is set but names no proxy")]
    Empty,
    /// No proxy is named, and nobody else may be asked.
    #[error(
        "GOPROXY names no proxy but \"direct\", which [modules] direct = \"deny\" in coracle.toml forbids"
    )]
    OnlyDirect,
    /// Private modules are to come through a proxy, and none is named that could have them.
    #[error(
        "[modules] direct = \"deny\" in coracle.toml lets private modules come through proxies only, and GOPROXY names none, or Go's own, which must not hear of them"
    )]
    NoneForPrivate,
    /// An entry is wrong.
    #[error("GOPROXY: {0}")]
    Entry(#[from] ProxyError),
}

/// Why one of the list did not give what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal<E> {
    /// It is of a kind that could not have it.
    Unfit(E),
    /// It does not have it: 404 and 410.
    NotFound(E),
    /// It could not be asked, or answered anything else.
    Failed(E),
}

impl ProxyListError {
    /// Returns what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::Entry(_) => {
                "expected URLs separated by , or |, and direct or off at the end"
            }
            Self::OnlyDirect | Self::NoneForPrivate => {
                "name the team's own proxy alone: proxy = [\"https://goproxy.example.com\"] under [modules], or GOPROXY"
            }
        }
    }
}

impl<E> Refusal<E> {
    /// Orders refusals by what they tell a user.
    fn rank(&self) -> u8 {
        match self {
            Self::Unfit(_) => 0,
            Self::NotFound(_) => 1,
            Self::Failed(_) => 2,
        }
    }

    /// Returns the reason.
    pub fn into_reason(self) -> E {
        match self {
            Self::Unfit(reason) | Self::NotFound(reason) | Self::Failed(reason) => reason,
        }
    }
}

impl ProxyList {
    /// Reads the value of GOPROXY.
    ///
    /// # Errors
    /// When it names no proxy, or one that modules cannot come from.
    pub fn parse(text: &str) -> Result<Self, ProxyListError> {
        let mut entries = Vec::new();
        for part in text.split_inclusive([',', '|']) {
            let fall_back = if part.ends_with('|') {
                FallBack::OnAnyFailure
            } else {
                FallBack::WhenNotFound
            };
            let word = part.trim_end_matches([',', '|']).trim();
            if word.is_empty() {
                continue;
            }
            let proxy = Proxy::parse(word)?;
            let last = matches!(proxy, Proxy::Direct | Proxy::Off);
            entries.push(Entry { proxy, fall_back });
            if last {
                break;
            }
        }
        if entries.is_empty() {
            return Err(ProxyListError::Empty);
        }
        let text = Secret::new(text.to_owned());
        Ok(Self { entries, text })
    }

    /// Returns the list that says that nobody may be asked.
    pub fn off() -> Self {
        Self {
            entries: vec![Entry {
                proxy: Proxy::Off,
                fall_back: FallBack::WhenNotFound,
            }],
            text: Secret::new("off".to_owned()),
        }
    }

    /// Returns the list that asks `folder`, which is laid out as a proxy is, and where that has nothing
    /// those of `others`.
    pub(super) fn of_folder(folder: &Path, others: &Self) -> Self {
        let first = Entry {
            proxy: Proxy::Folder(folder.to_owned()),
            fall_back: FallBack::WhenNotFound,
        };
        // A folder that is absolute always has a URL.
        let url = Url::from_file_path(folder).map_or_else(|()| String::new(), String::from);
        Self {
            entries: [first].into_iter().chain(others.entries.clone()).collect(),
            text: Secret::new(format!("{url},{}", others.text.expose())),
        }
    }

    /// Tells whether a server of this name is asked.
    pub(super) fn asks(&self, host: &str) -> bool {
        let proxies = self.entries.iter().map(|entry| &entry.proxy);
        proxies
            .filter_map(|proxy| match proxy {
                Proxy::Server(url) => Some(url.host()),
                Proxy::Folder(_) | Proxy::Direct | Proxy::Off => None,
            })
            .any(|asked| asked == host)
    }

    /// Returns the list without `direct`.
    ///
    /// # Errors
    /// When nobody is left.
    pub(super) fn without_direct(&self) -> Result<Self, ProxyListError> {
        let parts = self.text.expose().split_inclusive([',', '|']);
        let is_direct = |part: &&str| part.trim_end_matches([',', '|']).trim() == "direct";
        let others: String = parts.take_while(|part| !is_direct(part)).collect();
        match Self::parse(others.trim_end_matches([',', '|'])) {
            Err(ProxyListError::Empty) => Err(ProxyListError::OnlyDirect),
            list => list,
        }
    }

    /// Tells whether nobody is asked at all.
    pub fn is_off(&self) -> bool {
        matches!(self.entries.first(), Some(first) if first.proxy == Proxy::Off)
    }

    /// Returns them in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Proxy> {
        self.entries.iter().map(|entry| &entry.proxy)
    }

    /// Returns the list as it was written, for the go command.
    pub fn as_written(&self) -> &Secret {
        &self.text
    }

    /// Asks one after the other until one gives an answer, or the list says that none of the rest
    /// may be asked. Of several refusals the one that tells most is returned.
    ///
    /// # Errors
    /// When none gives an answer.
    pub fn ask<T, E>(
        &self,
        mut question: impl FnMut(&Proxy) -> Result<T, Refusal<E>>,
    ) -> Result<T, Refusal<E>> {
        let mut best: Option<Refusal<E>> = None;
        for Entry { proxy, fall_back } in &self.entries {
            let refusal = match question(proxy) {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            let ends = matches!(
                (&refusal, fall_back),
                (Refusal::Failed(_), FallBack::WhenNotFound)
            );
            let better = match best {
                Some(best) if best.rank() >= refusal.rank() => best,
                _ => refusal,
            };
            if ends {
                return Err(better);
            }
            best = Some(better);
        }
        // No entry at all, which `parse` refuses, would mean that nobody may be asked.
        best.map_or_else(|| question(&Proxy::Off), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks hosts by name: `no` does not have it, `bad` fails, all others answer.
    fn ask(list: &str) -> (Vec<String>, Result<String, Refusal<String>>) {
        let mut asked = Vec::new();
        let answer = ProxyList::parse(list).unwrap().ask(|proxy| {
            asked.push(proxy.to_string());
            match proxy {
                Proxy::Server(url) if url.host().starts_with("no") => {
                    Err(Refusal::NotFound(url.host().to_owned()))
                }
                Proxy::Server(url) if url.host().starts_with("bad") => {
                    Err(Refusal::Failed(url.host().to_owned()))
                }
                Proxy::Direct | Proxy::Off => Err(Refusal::Unfit(proxy.to_string())),
                _ => Ok(proxy.to_string()),
            }
        });
        (asked, answer)
    }

    #[test]
    fn a_comma_falls_back_when_something_is_missing_a_bar_on_any_failure() {
        let cases = [
            ("https://ok", 1, Ok("https://ok/")),
            ("https://no,https://ok,direct", 2, Ok("https://ok/")),
            ("https://bad,https://ok", 1, Err(Refusal::Failed("bad"))),
            ("https://bad|https://ok", 2, Ok("https://ok/")),
            ("https://no|https://ok", 2, Ok("https://ok/")),
            ("https://no,direct", 2, Err(Refusal::NotFound("no"))),
            ("https://bad|https://no", 2, Err(Refusal::Failed("bad"))),
            ("https://bad|direct", 2, Err(Refusal::Failed("bad"))),
            ("https://no1,https://no2", 2, Err(Refusal::NotFound("no1"))),
            ("direct", 1, Err(Refusal::Unfit("direct"))),
            ("off,https://ok", 1, Err(Refusal::Unfit("off"))),
        ];
        for (list, asked, expected) in cases {
            let (hosts, answer) = ask(list);
            assert_eq!(hosts.len(), asked, "{list}");
            let answer = answer
                .as_ref()
                .map(String::as_str)
                .map_err(|refusal| match refusal {
                    Refusal::Unfit(host) => Refusal::Unfit(host.as_str()),
                    Refusal::NotFound(host) => Refusal::NotFound(host.as_str()),
                    Refusal::Failed(host) => Refusal::Failed(host.as_str()),
                });
            assert_eq!(answer, expected, "{list}");
        }
    }

    #[test]
    fn empty_entries_are_passed_over_but_something_must_be_named() {
        assert!(ProxyList::parse(" , https://ok ,").is_ok());
        for empty in [",", " ", "|,"] {
            assert_eq!(ProxyList::parse(empty), Err(ProxyListError::Empty));
        }
    }

    #[test]
    fn a_password_in_the_list_is_not_shown() {
        let list = ProxyList::parse("https://me:hunter2@host/,direct").unwrap();
        assert!(!format!("{list:?}").contains("hunter2"));
        let error = ProxyList::parse("ftp://me:hunter2@host/").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
