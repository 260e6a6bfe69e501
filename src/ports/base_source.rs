//! The images below ours.

use crate::image::Base;
use crate::model::{BuildError, Platform, Reference};

/// Finds base images in registries. Manifests and configs are fetched and verified; layers are
/// blobs that are fetched when they are first opened.
pub trait BaseSource: Sync {
    /// Returns the base that `reference` names, with the platforms that are wanted of it.
    ///
    /// # Errors
    /// When it is not there, cannot be had, lacks a platform that is wanted by name, or is not what
    /// its digests and sizes say.
    fn resolve(&self, reference: &Reference, wanted: Wanted<'_>) -> Result<Base, BuildError>;
}

/// Platforms of a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// All that it has.
    All,
    /// These, each of which it must have.
    These(&'a [Platform]),
}
