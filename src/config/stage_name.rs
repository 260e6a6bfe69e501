//! Names of the stages of a pipeline.

use std::fmt;
use std::str::FromStr;

use super::text_value::written_as_text;

/// The longest name: it stands in lines of output.
const MAX_BYTES: usize = 40;

/// The name of a stage of `coracle ci`.
///
/// ```
/// # use coracle::config::StageName;
/// assert!("smoke-test".parse::<StageName>().is_ok());
/// assert!("Smoke test".parse::<StageName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StageName(String);

/// Why a text cannot name a stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a stage, expected up to 40 of a-z, 0-9, - and _, as in smoke-test")]
pub struct StageNameError(String);

impl StageName {
    /// Returns the name of a stage of coracle's own, which fits.
    pub(crate) fn built_in(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for StageName {
    type Err = StageNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        let is_named = !text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(is_fit);
        if is_named && !text.starts_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(StageNameError(text.to_owned()))
        }
    }
}

written_as_text!(StageName);
