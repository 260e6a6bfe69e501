//! Who may have signed without a key.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

use super::text_value::written_as_text;

/// The longest program of a pattern.
const PATTERN_BYTES: usize = 1 << 20;

/// Whose signatures count: an identity, and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRule {
    /// Who.
    pub identity: IdentityPattern,
    /// Who vouches for it: the URL of an OpenID Connect issuer.
    pub issuer: String,
}

/// Which identities are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityPattern {
    /// This one.
    Exact(String),
    /// Those that match, from their first character to their last.
    Matching(IdentityRegex),
}

/// A regular expression for a whole identity.
///
/// ```
/// # use coracle::config::IdentityRegex;
/// let pattern: IdentityRegex = "https://ci[.]example/.*".parse().unwrap();
/// assert!(pattern.matches("https://ci.example/team"));
/// assert!(!pattern.matches("https://evil.example/https://ci.example/team"));
/// ```
#[derive(Debug, Clone)]
pub struct IdentityRegex {
    text: String,
    whole: Regex,
}

/// Why a text is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a regular expression: {reason}")]
pub struct IdentityRegexError {
    text: String,
    reason: String,
}

/// A key of a table that is wrong, and why.
pub(super) type Wrong = (&'static str, String);

impl IdentityRule {
    /// Returns what the keys `identity`, `identity_regexp` and `issuer` of a table mean; `None` where
    /// there are none.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub(super) fn of_keys(
        identity: Option<String>,
        pattern: Option<IdentityRegex>,
        issuer: Option<String>,
    ) -> Result<Option<Self>, Wrong> {
        let wrong = |key, message: &str| Err((key, message.to_owned()));
        let identity = match (identity, pattern) {
            (Some(_), Some(_)) => {
                return wrong(
                    "identity_regexp",
                    "identity and identity_regexp exclude each other\nkeep one",
                );
            }
            (Some(identity), None) => Some(IdentityPattern::Exact(identity)),
            (None, Some(pattern)) => Some(IdentityPattern::Matching(pattern)),
            (None, None) => None,
        };
        match (identity, issuer) {
            (Some(identity), Some(issuer)) => Ok(Some(Self { identity, issuer })),
            (None, None) => Ok(None),
            (Some(_), None) => wrong(
                "identity",
                "an identity means nothing without who vouches for it\nname the issuer too: issuer = \"https://token.actions.githubusercontent.com\" is GitHub's",
            ),
            (None, Some(_)) => wrong(
                "issuer",
                "an issuer vouches for everybody who has an account there\nname the identity too",
            ),
        }
    }
}

impl fmt::Display for IdentityRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.identity, self.issuer)
    }
}

impl IdentityPattern {
    /// Tells whether `identity` is meant.
    pub fn matches(&self, identity: &str) -> bool {
        match self {
            Self::Exact(expected) => expected == identity,
            Self::Matching(pattern) => pattern.matches(identity),
        }
    }
}

impl fmt::Display for IdentityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(identity) => f.write_str(identity),
            Self::Matching(pattern) => write!(f, "one that matches {}", pattern.text),
        }
    }
}

impl IdentityRegex {
    /// Tells whether the whole of `identity` matches.
    pub fn matches(&self, identity: &str) -> bool {
        self.whole.is_match(identity)
    }
}

impl FromStr for IdentityRegex {
    type Err = IdentityRegexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |error: &regex::Error| IdentityRegexError {
            text: text.to_owned(),
            reason: error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned(),
        };
        // On its own first: what closes a group too many would undo the anchors.
        Regex::new(text).map_err(|error| wrong(&error))?;
        let whole = RegexBuilder::new(&format!(r"\A(?:{text})\z"))
            .size_limit(PATTERN_BYTES)
            .build()
            .map_err(|error| wrong(&error))?;
        Ok(Self {
            text: text.to_owned(),
            whole,
        })
    }
}

impl PartialEq for IdentityRegex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for IdentityRegex {}

written_as_text!(IdentityRegex);
