//! Modules as they travel.

use crate::bundle::BundleFile;
use crate::model::BuildError;
use crate::plan::Batch;
use crate::toolchain::Toolchain;

/// Gets the modules that programs are compiled from, for bundles.
pub trait ModuleArchive: Sync {
    /// Returns the files of the modules that `batches` are compiled from, as a Go module proxy has them:
    /// of each what go.sum vouches for, and nothing that no program needs.
    ///
    /// # Errors
    /// When one cannot be had, or is not what go.sum says.
    fn archive(
        &self,
        toolchain: &Toolchain,
        batches: &[Batch],
    ) -> Result<Vec<BundleFile>, BuildError>;
}
