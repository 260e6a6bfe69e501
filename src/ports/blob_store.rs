//! Where bytes are kept by their digest while, and after, an image is made.

use std::io::{self, Write};

use crate::model::{Blob, Descriptor, Digest, MediaType};

/// A shelf of blobs. What was not committed leaves no trace.
pub trait BlobStore: Sync {
    /// Begins a blob whose digest is not known yet.
    ///
    /// # Errors
    /// When the medium takes no more.
    fn create(&self) -> io::Result<Box<dyn BlobWriter>>;

    /// Returns the blob that `descriptor` names, when it is here whole and unharmed.
    fn find(&self, descriptor: &Descriptor) -> Option<Blob>;

    /// Returns the bytes that `digest` names, when they are here whole and unharmed, and at most
    /// `limit_bytes`: for manifests and configs whose size nobody told.
    fn read(&self, digest: Digest, limit_bytes: u64) -> Option<Vec<u8>>;
}

/// A blob that is being written.
pub trait BlobWriter: Write + Send {
    /// Keeps what was written, under the digest of it.
    ///
    /// # Errors
    /// When the medium fails, or `expected` is given and is not the digest of what was written.
    fn commit(self: Box<Self>, media_type: MediaType, expected: Option<Digest>)
    -> io::Result<Blob>;
}
