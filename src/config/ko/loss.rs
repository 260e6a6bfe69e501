//! What ko is told, and coracle does not do.

use std::fmt;
use std::sync::Arc;

use crate::config::{ConfigError, Place};

/// Something that has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Loss {
    /// The key of `.ko.yaml`, or the variable.
    pub(super) key: String,
    what: String,
    /// The reason, and on a second line what to do.
    why: String,
    pub(super) weight: Weight,
}

/// What it would mean to go on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The image is the same, or is run in another way: to be told is enough.
    Told,
    /// The image would be another one.
    Refused,
}

impl Loss {
    /// Says that `what`, which `key` holds, is refused for the reason `why`.
    pub(super) fn refused(key: &str, what: &str, why: impl fmt::Display) -> Self {
        Self {
            key: key.to_owned(),
            what: what.to_owned(),
            why: why.to_string(),
            weight: Weight::Refused,
        }
    }

    /// Says the same of what makes no other image.
    pub(super) fn told(key: &str, what: &str, why: impl fmt::Display) -> Self {
        Self {
            weight: Weight::Told,
            ..Self::refused(key, what, why)
        }
    }

    /// Returns it as an error of `file`.
    pub(super) fn to_error(&self, file: &str) -> ConfigError {
        let place = Place::Key {
            file: Arc::from(file),
            key: Arc::from(self.key.as_str()),
        };
        ConfigError::new(place, format_args!("{}: {}", self.what, self.why))
    }
}

/// One line, for a comment: whatever stands in a file of ko's, it ends nowhere.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = self.why.lines().collect::<Vec<_>>().join("; ");
        let line = format!("{}: {}: {why}", self.key, self.what);
        for c in line.chars() {
            match c {
                '"' | '\'' | '\\' => write!(f, "{c}")?,
                c => c.escape_debug().try_for_each(|c| write!(f, "{c}"))?,
            }
        }
        Ok(())
    }
}
