//! Names of environments.

use std::fmt;
use std::str::FromStr;

use crate::config::text_value::written_as_text;

/// The longest name: names of objects are made of it.
const LONGEST: usize = 40;

/// What a place is called that images are deployed to.
///
/// ```
/// # use coracle::config::EnvironmentName;
/// assert!("staging-eu".parse::<EnvironmentName>().is_ok());
/// assert!("../staging".parse::<EnvironmentName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvironmentName(String);

/// Why a text is no name of an environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot name an environment, expected up to 40 lower-case letters, digits and single '-', as in \"staging\""
)]
pub struct EnvironmentNameError(String);

impl EnvironmentName {
    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EnvironmentName {
    type Err = EnvironmentNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let words = text
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(fits));
        if words && text.len() <= LONGEST {
            return Ok(Self(text.to_owned()));
        }
        Err(EnvironmentNameError(text.to_owned()))
    }
}

written_as_text!(EnvironmentName);
