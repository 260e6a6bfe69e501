//! One thing in which two images are not alike.

use schemars::JsonSchema;
use serde::Serialize;

use super::{ByteDifference, Cause};

/// The longest text of a side that is kept: JSON values and settings can be of any length.
const SIDE_CHARACTERS: usize = 1000;

/// One thing in which two images, A and B, are not alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What it is about.
    pub cause: Cause,
    /// The platforms whose images differ so; none where it is the index.
    pub platforms: Vec<String>,
    /// Where it is: the path of a file, `layer 2`, `config`, `manifest` or `index`.
    pub place: String,
    /// What of it: a module, a setting, an attribute or a key; empty where it is all of it.
    pub what: String,
    /// How it is in A, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<String>,
    /// How it is in B, where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
    /// Which bytes differ, where a file's were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<ByteDifference>,
    /// What probably caused it, the most probable first.
    pub hints: Vec<String>,
}

impl Difference {
    /// Names what differs.
    pub fn new(cause: Cause, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            cause,
            platforms: Vec::new(),
            place: place.into(),
            what: what.into(),
            a: None,
            b: None,
            bytes: None,
            hints: Vec::new(),
        }
    }

    /// Says how it is on either side, where it is there.
    #[must_use]
    pub fn sides(mut self, a: Option<String>, b: Option<String>) -> Self {
        self.a = a.map(shortened);
        self.b = b.map(shortened);
        self
    }

    /// Says how it is on both sides.
    #[must_use]
    pub fn between(self, a: impl Into<String>, b: impl Into<String>) -> Self {
        self.sides(Some(a.into()), Some(b.into()))
    }

    /// Names the platform whose images differ so.
    #[must_use]
    pub fn on(mut self, platform: &str) -> Self {
        self.platforms = vec![platform.to_owned()];
        self
    }

    /// Says what probably caused it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns where it stands among those of its cause: what decides how an image runs is more
    /// than what is told about it.
    pub(super) fn weight(&self) -> usize {
        let key = self.what.as_str();
        match (self.cause, self.place.as_str()) {
            (Cause::Json, "config") => match key {
                _ if key.starts_with("config.Labels") => 2,
                _ if key.starts_with("config") => 0,
                _ if key.starts_with("history") => 4,
                "created" => 3,
                _ => 1,
            },
            (Cause::Json, "manifest") => 5,
            (Cause::Json, _) => 6,
            _ => 0,
        }
    }

    /// Tells whether `other` is the same difference, for another platform.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let platforms = other.platforms.clone();
        *other
            == Self {
                platforms,
                ..self.clone()
            }
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(SIDE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
