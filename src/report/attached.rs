//! What hangs on an image, as `inspect` shows it.

use schemars::JsonSchema;
use serde::Serialize;

/// Something that hangs on an image in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attached {
    /// The short name of its kind, `signature` or `spdx`; else the URI of its kind, or the type of the
    /// artifact.
    pub kind: String,
    /// The digest of the manifest that holds it; in the tags of older cosign, of its own blob.
    pub found_in: String,
    /// Whether it holds.
    pub verdict: AttachedVerdict,
    /// Who has signed it; where that was not verified, who it says it is by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Why it is worth nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether something that hangs on an image holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttachedVerdict {
    /// One of the keys has signed it, and it is about this image.
    Verified,
    /// There is no key to verify it with.
    NotVerified,
    /// It is about another image, by another key, or something else is wrong with it.
    Worthless,
    /// It is no signed statement.
    NoStatement,
}

impl Attached {
    /// Returns it in one line, without where it was found.
    pub(super) fn in_one_line(&self) -> String {
        let by = match &self.signed_by {
            Some(by) => format!(" by {by}"),
            None => String::new(),
        };
        let verdict = match self.verdict {
            AttachedVerdict::Verified => "verified",
            AttachedVerdict::NotVerified => "not verified",
            AttachedVerdict::Worthless => "worthless",
            AttachedVerdict::NoStatement => "no signed statement",
        };
        let reason = match &self.reason {
            Some(reason) => format!(": {reason}"),
            None => String::new(),
        };
        format!("{}{by}, {verdict}{reason}", self.kind)
    }
}
