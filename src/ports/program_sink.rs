//! Plain programs to where the user wants them.

use std::path::Path;

use crate::compile::Binary;
use crate::model::{BuildError, Digest};

/// Puts programs into folders, whole or not at all.
pub trait ProgramSink: Sync {
    /// Puts `binary` at `path`, executable, in place of what was there, and returns the digest of its
    /// bytes; missing folders are made.
    ///
    /// # Errors
    /// When the folder cannot be written or is full.
    fn place(&self, binary: &Binary, path: &Path) -> Result<Digest, BuildError>;
}
