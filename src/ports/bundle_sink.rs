//! Where bundles go.

use std::path::Path;

use crate::bundle::{BundleFile, Manifest};
use crate::model::{BuildError, Digest};

/// Writes bundles.
pub trait BundleSink: Sync {
    /// Writes the bundle to `path`, whole or not at all, in place of one that is there: the manifest first,
    /// then the files in the order of their names. Returns the digest of all of it.
    ///
    /// # Errors
    /// When it cannot be written, or a file is not what the manifest says any more.
    fn write(
        &self,
        path: &Path,
        manifest: &Manifest,
        files: &[BundleFile],
    ) -> Result<Digest, BuildError>;

    /// Writes the signature of the bundle at `path` beside it.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write_seal(&self, path: &Path, seal: &[u8]) -> Result<(), BuildError>;
}
