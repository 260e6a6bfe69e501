//! What is wrong with a configuration, and where.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::Place;
use super::nearest::nearest;
use crate::model::{BuildError, Phase};

/// Something wrong in the file, a flag or the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ConfigError {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What may be meant, or what to do.
    pub hint: Option<String>,
}

impl ConfigError {
    /// Says what is wrong at `place`. A second line of `message` becomes the hint.
    pub(super) fn new(place: Place, message: impl fmt::Display) -> Self {
        Fault::custom(message).at(place)
    }
}

impl From<ConfigError> for BuildError {
    fn from(error: ConfigError) -> Self {
        let build_error = Self::new(Phase::Config, error.place, error.message);
        error.hint.into_iter().fold(build_error, Self::hint)
    }
}

/// An error of reading that may not know yet where it happened.
#[derive(Debug)]
pub(super) struct Fault {
    place: Option<Place>,
    message: String,
    hint: Option<String>,
}

impl Fault {
    /// Says that it happened at `place`, unless a nearer one is known.
    pub(super) fn within(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    /// Says what to do about it, unless it says so itself.
    pub(super) fn or_hint(mut self, hint: impl FnOnce() -> Option<String>) -> Self {
        self.hint = self.hint.or_else(hint);
        self
    }

    /// Completes the error: without a place nearer by, it happened at `place`.
    pub(super) fn at(self, place: Place) -> ConfigError {
        ConfigError {
            place: self.place.unwrap_or(place),
            message: self.message,
            hint: self.hint,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// The words of serde's derived code, in ours.
impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // Errors of our types come as one text: what is wrong, and on a second line what to do.
        let text = message.to_string();
        let (message, hint) = match text.split_once('\n') {
            Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
            None => (text, None),
        };
        Self {
            place: None,
            message,
            hint,
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Signed(number) => format!("the number {number}"),
            Unexpected::Float(number) => format!("the number {number}"),
            Unexpected::Str(text) => format!("{text:?}"),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a table".to_owned(),
            other => other.to_string(),
        };
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        let listed = known.join("\", \"");
        let hint = nearest(found, known.iter().copied())
            .map_or_else(String::new, |near| format!("\ndid you mean {near:?}?"));
        Self::custom(format_args!(
            "expected one of \"{listed}\", found {found:?}{hint}"
        ))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        let hint = match nearest(found, known.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("known keys are {}", known.join(", ")),
        };
        Self::custom(format_args!("unknown key {found:?}\n{hint}"))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::custom(format_args!("the key {name:?} is missing"))
    }
}
