//! Images that are there already.

use crate::model::{Blob, BuildError, Descriptor};

/// Reads one image where it is kept: in a file, a folder or a registry.
///
/// What it returns is as it was found. Whether the bytes are those that a descriptor names is the
/// caller's to see.
pub trait ImageReader: Sync {
    /// Returns the index or the manifest that the image is known by.
    ///
    /// # Errors
    /// When there is none, there are several to choose from, or the place cannot be read.
    fn root(&self) -> Result<Blob, BuildError>;

    /// Returns the manifest, config or layer that `descriptor` names. Its bytes are read when it is
    /// opened.
    ///
    /// # Errors
    /// When it is not there.
    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, BuildError>;
}
