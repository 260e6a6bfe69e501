//! Modules as they were downloaded, where they are at hand.

use std::io;

use crate::toolchain::DirHash;

/// Reads the zips of modules that were fetched before. Nothing is fetched.
pub trait ModuleZips: Sync {
    /// Returns the digests of all files of the module `path` at `version`, by their names in its zip;
    /// `None` where the zip is not there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn contents(&self, path: &str, version: &str) -> io::Result<Option<DirHash>>;
}
