//! The files of a release to where the user wants them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{ArchiveForm, BlobSource, BuildError, Digest, Entry};

/// Puts files into folders, each whole or not at all, in place of what was there; missing folders are
/// made.
pub trait ProgramSink: Sync {
    /// Tells whether there can be files at `paths`, before anything is made, and leaves nothing.
    ///
    /// # Errors
    /// When the folder cannot be written, or something that is no file is in a file's place.
    fn check(&self, paths: &[PathBuf]) -> Result<(), BuildError>;

    /// Puts a program at `path`, executable.
    ///
    /// # Errors
    /// When the folder cannot be written or is full.
    fn place(&self, program: &dyn BlobSource, path: &Path) -> Result<PlacedFile, BuildError>;

    /// Puts an archive of `entries` at `path`. Its bytes are stable.
    ///
    /// # Errors
    /// As for [`ProgramSink::place`]; and when an entry cannot be read.
    fn archive(
        &self,
        form: ArchiveForm,
        entries: Vec<Entry>,
        path: &Path,
    ) -> Result<PlacedFile, BuildError>;

    /// Puts a small file at `path`.
    ///
    /// # Errors
    /// As for [`ProgramSink::place`].
    fn write(&self, bytes: &[u8], path: &Path) -> Result<PlacedFile, BuildError>;
}

/// A file that is there.
#[derive(Clone)]
pub struct PlacedFile {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// Its bytes, as long as nobody writes to it.
    pub source: Arc<dyn BlobSource>,
}
