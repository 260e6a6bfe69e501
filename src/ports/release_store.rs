//! The files of releases to registries.

use crate::model::{Blob, BuildError, Digest, Repository, Tag};

/// Keeps artifacts that are not images.
pub trait ReleaseStore: Sync {
    /// Tells whether `tag` shows the artifact of this manifest already: then all of it is there.
    ///
    /// # Errors
    /// When the registry cannot be reached.
    fn shows(
        &self,
        manifest: Digest,
        tag: &Tag,
        repository: &Repository,
    ) -> Result<bool, BuildError>;

    /// Puts `blobs`, and then `manifest`, which names them, by its digest; returns how many bytes were sent.
    /// No tag moves.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses.
    fn put(
        &self,
        blobs: &[Blob],
        manifest: &Blob,
        repository: &Repository,
    ) -> Result<u64, BuildError>;

    /// Points `tag` at `manifest`, which is there.
    ///
    /// # Errors
    /// As for [`ReleaseStore::put`].
    fn tag(&self, manifest: &Blob, tag: &Tag, repository: &Repository) -> Result<(), BuildError>;
}
