//! Releases of Go as they travel.

use crate::bundle::BundleFile;
use crate::model::{BuildError, GoVersion, Platform};

/// Gets releases of Go for bundles, with what proves each.
pub trait ToolchainArchive: Sync {
    /// Returns the files of the release `version` that runs on `platform`, as a Go module proxy has them:
    /// its zip, the record of the checksum database, and the tiles that prove the record.
    ///
    /// # Errors
    /// When it cannot be had, or is not what the database says.
    fn archive(
        &self,
        version: &GoVersion,
        platform: &Platform,
    ) -> Result<Vec<BundleFile>, BuildError>;
}
