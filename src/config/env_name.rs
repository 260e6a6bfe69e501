//! Names of environment variables.

use std::fmt;
use std::str::FromStr;

use super::text_value::written_as_text;

/// The name of an environment variable in an image.
///
/// ```
/// # use coracle::config::EnvName;
/// assert!("PORT".parse::<EnvName>().is_ok());
/// assert!("A=B".parse::<EnvName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvName(String);

/// Why a text cannot name an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a variable's name, expected one without '=' and spaces, as in PORT")]
pub struct EnvNameError(String);

impl EnvName {
    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EnvName {
    type Err = EnvNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |c: char| c == '=' || c.is_whitespace() || c.is_control();
        if text.is_empty() || text.contains(wrong) {
            return Err(EnvNameError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

written_as_text!(EnvName);
