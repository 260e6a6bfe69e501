//! The images below ours.

use crate::image::Base;
use crate::model::{BuildError, Reference};

/// Finds base images in registries. Manifests and configs are fetched and verified; layers are
/// blobs that are fetched when they are first opened.
pub trait BaseSource: Sync {
    /// Returns the base that `reference` names, with every platform that it has.
    ///
    /// # Errors
    /// When it is not there, cannot be had, or is not what its digests and sizes say.
    fn resolve(&self, reference: &Reference) -> Result<Base, BuildError>;
}
