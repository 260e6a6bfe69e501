//! A layer of an image.

use crate::model::{Blob, DiffId};

/// A compressed tar with the identity of its content.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The bytes as they are stored.
    pub blob: Blob,
    /// The digest of the uncompressed tar.
    pub diff_id: DiffId,
}
