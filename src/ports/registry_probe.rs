//! Registries, looked at before anything is sent there.

use crate::model::{BuildError, Reference, Repository};

/// Asks registries for what a push would need of them.
pub trait RegistryProbe: Sync {
    /// Tells whether `repository` would take an image, and returns where the login came from that was
    /// used.
    ///
    /// # Errors
    /// When it would not: no such place, no permission.
    fn push(&self, repository: &Repository) -> Result<Option<String>, BuildError>;

    /// Tells whether the image `reference` can be had as a base, and returns where the login came from
    /// that was used.
    ///
    /// # Errors
    /// When it is not there, or cannot be had.
    fn base(&self, reference: &Reference) -> Result<Option<String>, BuildError>;
}
