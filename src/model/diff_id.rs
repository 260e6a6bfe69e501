//! The identity of a layer's content, image-spec v1.1, `config.md`, "Layer `DiffID`".

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Digest;

/// The digest of a layer's uncompressed tar.
///
/// It is not a [`Digest`]: a registry knows nothing under this name.
///
/// ```
/// # use coracle::model::{DiffId, Digest};
/// let diff_id = DiffId::new(Digest::of(b"a tar"));
/// assert!(diff_id.to_string().starts_with("sha256:"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DiffId(Digest);

impl DiffId {
    /// Names the uncompressed tar that has this digest.
    pub fn new(uncompressed: Digest) -> Self {
        Self(uncompressed)
    }
}

impl fmt::Display for DiffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
