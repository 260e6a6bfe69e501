//! What git means when it says no.

use super::server_findings::netrc_line;
use super::{Fault, GitRules, ModuleState};
use crate::model::ForeignText;

/// Why git could not list what a repository has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitSaid {
    /// It has no user and password for the host, and may not ask.
    NoLogin,
    /// The host does not take them.
    LoginRefused,
    /// No key of the user's opens the host.
    KeyRefused,
    /// Nobody has said yet that the host is who it says it is.
    HostUnknown,
    /// There is no such repository, or it is hidden from whoever asks.
    NotFound,
    /// The certificate of the host is not trusted.
    Untrusted,
    /// The host is not to be reached.
    Unreachable,
    /// Anything else.
    Other,
}

/// What git, curl and ssh say, each with what is meant.
const WORDS: [(&str, GitSaid); 23] = [
    ("could not read Username", GitSaid::NoLogin),
    ("could not read Password", GitSaid::NoLogin),
    ("terminal prompts disabled", GitSaid::NoLogin),
    ("Authentication failed", GitSaid::LoginRefused),
    ("HTTP Basic: Access denied", GitSaid::LoginRefused),
    ("returned error: 401", GitSaid::LoginRefused),
    ("returned error: 403", GitSaid::LoginRefused),
    ("Permission denied (", GitSaid::KeyRefused),
    ("Host key verification failed", GitSaid::HostUnknown),
    ("certificate", GitSaid::Untrusted),
    ("SSL", GitSaid::Untrusted),
    ("Could not resolve", GitSaid::Unreachable),
    ("Connection refused", GitSaid::Unreachable),
    ("Failed to connect", GitSaid::Unreachable),
    ("Couldn't connect", GitSaid::Unreachable),
    ("Could not connect", GitSaid::Unreachable),
    ("Connection timed out", GitSaid::Unreachable),
    ("Network is unreachable", GitSaid::Unreachable),
    ("returned error: 5", GitSaid::Unreachable),
    ("repository not found", GitSaid::NotFound),
    ("returned error: 404", GitSaid::NotFound),
    ("not found", GitSaid::NotFound),
    ("does not appear to be a git repository", GitSaid::NotFound),
];

impl GitSaid {
    /// Reads what git wrote to stderr.
    pub fn read(talk: &str) -> Self {
        let said = WORDS.iter().find(|(words, _)| talk.contains(words));
        said.map_or(Self::Other, |(_, said)| *said)
    }

    /// Reads it where `knows_login` tells whether the netrc file has a password for a host: git says the same
    /// of one that is not taken and of none.
    pub fn read_with(
        talk: &str,
        url: &str,
        rules: &GitRules,
        knows_login: impl FnOnce(&str) -> bool,
    ) -> Self {
        match Self::read(talk) {
            Self::NoLogin if knows_login(name_of(&host_of(&rules.applied(url)))) => {
                Self::LoginRefused
            }
            said => said,
        }
    }

    /// Returns who has to do something about it.
    pub fn fault(self) -> Fault {
        match self {
            Self::NoLogin | Self::LoginRefused | Self::KeyRefused => Fault::Denied,
            Self::HostUnknown | Self::NotFound => Fault::Wrong,
            Self::Untrusted | Self::Unreachable | Self::Other => Fault::Unavailable,
        }
    }

    /// Says that the repository at `url` cannot be had, with the rules of git's that had to do with it.
    pub fn to_state(self, url: &str, talk: &str, rules: &GitRules) -> ModuleState {
        let host = host_of(url);
        let used = rules.applied(url);
        let used_host = host_of(&used);
        let shown = ForeignText::new(url);
        let rule = rules.find(url).map(|rule| format!(" (git uses {rule})"));
        let rule = rule.unwrap_or_default();
        let reason = match self {
            Self::NoLogin => format!("git has no user and password for {used_host}{rule}"),
            Self::LoginRefused => {
                format!("{used_host} does not take the user and password that git has{rule}")
            }
            Self::KeyRefused => format!("{used_host} takes no ssh key of yours{rule}"),
            Self::HostUnknown => {
                format!("ssh does not know {used_host}, or not by the key that it shows{rule}")
            }
            Self::NotFound => {
                format!("{shown} is not there, or hidden from whoever may not see it{rule}")
            }
            Self::Untrusted => format!("git does not trust the certificate of {used_host}{rule}"),
            Self::Unreachable => format!("git cannot reach {used_host}{rule}"),
            Self::Other => format!("git cannot list what {shown} has{rule}"),
        };
        let said = last_line(talk);
        let reason = if said.is_empty() {
            reason
        } else {
            format!("{reason}: {}", ForeignText::new(said))
        };
        let remedies = self.remedies(&host, &used_host);
        ModuleState::fails(self.fault(), reason, remedies.iter().map(String::as_str))
    }

    fn remedies(self, host: &str, used_host: &str) -> Vec<String> {
        match self {
            Self::NoLogin => vec![
                netrc_line(name_of(used_host)),
                format!("git config --global url.\"git@{host}:\".insteadOf \"https://{host}/\""),
            ],
            Self::LoginRefused => vec![format!(
                "see that the token has not run out and may read: ~/.netrc, git config --get-regexp insteadof, git credential fill <<< 'url=https://{used_host}'"
            )],
            Self::KeyRefused => vec![
                "ssh-add -l   # the keys that are offered".to_owned(),
                format!("ssh -T {}", with_port(used_host)),
            ],
            Self::HostUnknown => vec![format!(
                "ssh-keyscan {} >> ~/.ssh/known_hosts   # once you know that the key is theirs",
                with_port(used_host)
            )],
            Self::NotFound => vec![format!(
                "see that the module's path is right, and that you may see it at {host}"
            )],
            Self::Untrusted => vec![
                "git config --global http.sslCAInfo FILE   # or export GIT_SSL_CAINFO=FILE"
                    .to_owned(),
            ],
            Self::Unreachable => vec![format!(
                "see whether {used_host} is up and its name is right; HTTPS_PROXY names a proxy"
            )],
            Self::Other => Vec::new(),
        }
    }
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    ForeignText::new(host).to_string()
}

/// As ssh and its programs take a host with a port.
fn with_port(host: &str) -> String {
    match host.split_once(':') {
        Some((name, port)) => format!("-p {port} {name}"),
        None => host.to_owned(),
    }
}

/// Without its port: netrc files know none.
fn name_of(host: &str) -> &str {
    host.split(':').next().unwrap_or(host)
}

/// The last line that says something; ssh and git end with advice of many words.
fn last_line(talk: &str) -> &str {
    let lines = talk.lines().map(str::trim);
    let mut telling = lines.filter(|line| WORDS.iter().any(|(words, _)| line.contains(words)));
    let last = || talk.lines().map(str::trim).rfind(|line| !line.is_empty());
    telling.next().or_else(last).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_understood() {
        for (talk, said) in [
            (
                "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
                GitSaid::NoLogin,
            ),
            (
                "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.example.com/'",
                GitSaid::LoginRefused,
            ),
            (
                "git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                GitSaid::KeyRefused,
            ),
            (
                "Host key verification failed.\nfatal: Could not read from remote repository.",
                GitSaid::HostUnknown,
            ),
            (
                "fatal: repository 'https://git.example.com/x/' not found",
                GitSaid::NotFound,
            ),
            (
                "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none",
                GitSaid::Untrusted,
            ),
            (
                "fatal: unable to access 'https://h/': Could not resolve host: h",
                GitSaid::Unreachable,
            ),
            ("fatal: out of memory", GitSaid::Other),
        ] {
            assert_eq!(GitSaid::read(talk), said, "{talk}");
        }
    }

    #[test]
    fn the_reason_names_the_host_that_git_went_to_and_no_token() {
        let rules = GitRules::parse(
            b"url.https://oauth2:glpat@mirror.example.com/.insteadof\nhttps://git.example.com/",
        );
        let url = "https://git.example.com/team/dep";
        let talk = "fatal: Authentication failed for 'https://mirror.example.com/team/dep/'";
        let state = GitSaid::read(talk).to_state(url, talk, &rules);
        let ModuleState::Fails { fault, reason, .. } = state else {
            panic!("{state:?}");
        };
        assert_eq!(fault, Fault::Denied);
        assert_eq!(
            reason,
            "mirror.example.com does not take the user and password that git has (git uses https://…@mirror.example.com/ instead of https://git.example.com/, with a token): fatal: Authentication failed for 'https://mirror.example.com/team/dep/'"
        );
    }
}
