//! Go itself.

use crate::model::{BuildError, GoVersion};
use crate::toolchain::Toolchain;

/// Finds or fetches the Go that a plan asks for.
pub trait ToolchainSource: Sync {
    /// Returns the version of the machine's own Go, where there is one that answers.
    fn installed(&self) -> Option<GoVersion>;

    /// Returns the machine's own Go.
    ///
    /// # Errors
    /// When it is gone since it was asked for its version.
    fn local(&self) -> Result<Toolchain, BuildError>;

    /// Returns the releases that were fetched for this machine, sorted.
    ///
    /// # Errors
    /// When the cache folder cannot be read.
    fn kept(&self) -> Result<Vec<Toolchain>, BuildError>;

    /// Returns the release `version` if it was fetched, and is what was verified then.
    fn find(&self, version: &GoVersion) -> Option<Toolchain>;

    /// Returns the release `version` from the cache, or fetches it through the Go module proxy and
    /// verifies it against the checksum database.
    ///
    /// # Errors
    /// When it cannot be had, or is not what the database says.
    fn fetched(&self, version: &GoVersion) -> Result<Toolchain, BuildError>;
}
