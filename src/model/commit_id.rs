//! The name of a commit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The full name of a commit of git: 40 lowercase hexadecimal digits, or 64 where the repository
/// has SHA-256.
///
/// ```
/// # use coracle::model::CommitId;
/// assert!("da39a3ee5e6b4b0d3255bfef95601890afd80709".parse::<CommitId>().is_ok());
/// assert!("HEAD".parse::<CommitId>().is_err());
/// assert!("--upload-pack=sh".parse::<CommitId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CommitId(String);

/// Why a text names no commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no commit: expected 40 or 64 lowercase hexadecimal digits")]
pub struct CommitIdError(String);

impl CommitId {
    /// Returns its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what git calls the kind of repository that it is from.
    pub fn object_format(&self) -> &'static str {
        if self.0.len() == 64 { "sha256" } else { "sha1" }
    }
}

impl FromStr for CommitId {
    type Err = CommitIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if matches!(text.len(), 40 | 64) && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CommitIdError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for CommitId {
    type Error = CommitIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CommitId> for String {
    fn from(id: CommitId) -> Self {
        id.0
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_full_name_is_refused() {
        let digits = "0123456789abcdef0123456789abcdef01234567";
        assert!(digits.parse::<CommitId>().is_ok());
        for wrong in [
            "",
            "HEAD",
            &digits[..39],
            &digits.to_uppercase(),
            &format!("{digits}0"),
            &format!("{}\n", &digits[..39]),
        ] {
            assert!(wrong.parse::<CommitId>().is_err(), "{wrong:?}");
        }
    }
}
