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

/// How a layer's tar is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compression {
    /// gzip, which every tool reads; level 1 to 9.
    Gzip(u32),
    /// zstd, smaller and faster to read; level 1 to 19.
    Zstd(i32),
}
