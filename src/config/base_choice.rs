//! What an image stands on.

use std::fmt;
use std::str::FromStr;

use super::nearest::nearest;
use super::text_value::written_as_text;
use crate::model::{Reference, ReferenceError};

/// The image below ours.
///
/// ```
/// # use coracle::config::BaseChoice;
/// assert_eq!("static".parse(), Ok(BaseChoice::Static));
/// assert!("statik".parse::<BaseChoice>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseChoice {
    /// The embedded base: certificates, time zones, the user nonroot.
    Static,
    /// Nothing at all.
    Scratch,
    /// An image of a registry.
    Registry(Reference),
}

/// Why a text names no base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseChoiceError {
    /// A single word that is not one of the two.
    #[error(
        "unknown base {0:?}, expected \"static\", \"scratch\" or a reference with a registry's host{1}"
    )]
    Word(String, String),
    /// A reference that is wrong.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

impl fmt::Display for BaseChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static => f.write_str("static"),
            Self::Scratch => f.write_str("scratch"),
            Self::Registry(reference) => reference.fmt(f),
        }
    }
}

impl FromStr for BaseChoice {
    type Err = BaseChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "static" => Ok(Self::Static),
            "scratch" => Ok(Self::Scratch),
            word if !word.contains('/') => {
                let near = nearest(word, ["static", "scratch"]);
                let hint =
                    near.map_or_else(String::new, |near| format!("\ndid you mean {near:?}?"));
                Err(BaseChoiceError::Word(word.to_owned(), hint))
            }
            reference => Ok(Self::Registry(reference.parse()?)),
        }
    }
}

written_as_text!(BaseChoice);
