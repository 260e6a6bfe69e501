//! What hangs on images in registries.

use crate::attest::Artifact;
use crate::model::{Blob, BuildError, Descriptor, Digest, Repository, Tag};
use crate::publish::ReferrerList;

/// Lists, reads and adds what refers to an image.
pub trait Referrers: Sync {
    /// Returns what refers to the image of `subject`.
    ///
    /// # Errors
    /// When the registry cannot be reached, or lists something else, or without an end.
    fn list(&self, subject: Digest, repository: &Repository) -> Result<ReferrerList, BuildError>;

    /// Returns the bytes of a small blob or manifest, compared with its descriptor.
    ///
    /// # Errors
    /// When it is not there, or is another.
    fn read(&self, descriptor: &Descriptor, repository: &Repository)
    -> Result<Vec<u8>, BuildError>;

    /// Returns the bytes of the manifest that `tag` names; `None` where there is none.
    ///
    /// # Errors
    /// When the registry cannot be reached.
    fn tagged(&self, tag: &Tag, repository: &Repository) -> Result<Option<Vec<u8>>, BuildError>;

    /// Puts `blobs`, and then `manifest`, which names them, under `tag`.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses.
    fn put(
        &self,
        blobs: &[Blob],
        manifest: &Blob,
        tag: &Tag,
        repository: &Repository,
    ) -> Result<(), BuildError>;

    /// Brings what `artifacts` hold to where they will be hung onto an image, which need not be there
    /// yet.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses.
    fn bring(&self, artifacts: &[Artifact], repository: &Repository) -> Result<(), BuildError>;

    /// Hangs `artifacts`, all of `subject`, onto the image. What others hang there meanwhile is kept.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses.
    fn attach(
        &self,
        artifacts: &[Artifact],
        subject: &Descriptor,
        repository: &Repository,
    ) -> Result<(), BuildError>;
}
