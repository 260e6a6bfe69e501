//! GOAUTH: how servers of modules are told who asks, `go help goauth`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::ForeignText;

/// The ways by which servers are told who asks, the first before all others; none at all where that is off.
///
/// ```
/// # use coracle::toolchain::GoAuth;
/// let auth = GoAuth::parse("netrc; git /home/me/work;helper --for 'my team'").unwrap();
/// let shown: Vec<String> = auth.methods().iter().map(ToString::to_string).collect();
/// assert_eq!(shown, ["GOAUTH=netrc", "GOAUTH=git", "GOAUTH=helper"]);
/// assert!(GoAuth::parse("git work").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoAuth(Vec<AuthMethod>);

/// A way by which servers are told who asks. It shows without what it is told: that may be secret.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthMethod {
    /// The user's netrc file knows.
    Netrc,
    /// `git credential fill` knows, in this folder.
    Git(PathBuf),
    /// A program knows, with these arguments.
    Command(String, Vec<String>),
}

/// Why a value of GOAUTH means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GoAuthError {
    /// Between two semicolons is nothing.
    #[error("GOAUTH holds an empty command")]
    Empty,
    /// It is off, and is not.
    #[error("GOAUTH holds off beside other commands")]
    OffBesideOthers,
    /// git is to run nowhere, or in a folder that depends on the one that coracle is started in.
    #[error("GOAUTH holds a git command that does not name one folder by its absolute path")]
    GitFolder,
    /// A quoted word does not end.
    #[error("GOAUTH holds a command with a quote that is not closed")]
    Quote,
}

impl GoAuth {
    /// Reads a list, separated by semicolons.
    ///
    /// # Errors
    /// When a part of it is no command: the go command refuses the same.
    pub fn parse(text: &str) -> Result<Self, GoAuthError> {
        let commands: Vec<&str> = text.split(';').map(str::trim).collect();
        if commands == ["off"] {
            return Ok(Self(Vec::new()));
        }
        let methods = commands.into_iter().map(method);
        methods.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the ways, in the order in which they count.
    pub fn methods(&self) -> &[AuthMethod] {
        &self.0
    }
}

/// Go's own default.
impl Default for GoAuth {
    fn default() -> Self {
        Self(vec![AuthMethod::Netrc])
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Netrc => f.write_str("GOAUTH=netrc"),
            Self::Git(_) => f.write_str("GOAUTH=git"),
            Self::Command(program, _) => write!(f, "GOAUTH={}", ForeignText::new(program)),
        }
    }
}

impl fmt::Debug for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn method(command: &str) -> Result<AuthMethod, GoAuthError> {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        [] => Err(GoAuthError::Empty),
        ["off", ..] => Err(GoAuthError::OffBesideOthers),
        ["netrc", ..] => Ok(AuthMethod::Netrc),
        ["git", folder] if Path::new(folder).is_absolute() => {
            Ok(AuthMethod::Git(PathBuf::from(folder)))
        }
        ["git", ..] => Err(GoAuthError::GitFolder),
        _ => {
            let mut words = split_quoted(command)?.into_iter();
            let program = words.next().ok_or(GoAuthError::Empty)?;
            Ok(AuthMethod::Command(program, words.collect()))
        }
    }
}

/// As `cmd/internal/quoted`: a word may begin with a quote, and ends with the next of its kind. Nothing else is
/// special.
fn split_quoted(text: &str) -> Result<Vec<String>, GoAuthError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if matches!(first, '\'' | '"') {
            rest[1..].split_once(first).ok_or(GoAuthError::Quote)?
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest.split_at(end)
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_mean_what_the_go_command_takes_them_for() {
        let of = |text: &str| GoAuth::parse(text).map(|it| it.0);
        assert_eq!(of("off"), Ok(Vec::new()));
        assert_eq!(of(" netrc "), Ok(vec![AuthMethod::Netrc]));
        let helper = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
            AuthMethod::Command("a".to_owned(), arguments)
        };
        assert_eq!(
            of("a -x 'b  c' \"d'e\" f'g;git /w;netrc"),
            Ok(vec![
                helper(&["-x", "b  c", "d'e", "f'g"]),
                AuthMethod::Git("/w".into()),
                AuthMethod::Netrc
            ])
        );
        assert_eq!(of("netrc;"), Err(GoAuthError::Empty));
        assert_eq!(of("netrc;off"), Err(GoAuthError::OffBesideOthers));
        for git in ["git", "git w", "git /w /x"] {
            assert_eq!(of(git), Err(GoAuthError::GitFolder), "{git}");
        }
        assert_eq!(of("a 'b"), Err(GoAuthError::Quote));
    }

    #[test]
    fn no_argument_is_ever_shown() {
        let auth = GoAuth::parse("helper --token glpat-hunter2").unwrap();
        assert!(!format!("{auth:?}").contains("hunter2"));
    }
}
