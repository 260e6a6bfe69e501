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

    /// Puts a program at `place`, executable.
    ///
    /// # Errors
    /// When the folder cannot be written or is full.
    fn place(
        &self,
        program: &dyn BlobSource,
        place: FilePlace<'_>,
    ) -> Result<PlacedFile, BuildError>;

    /// Puts an archive of `entries` at `place`. Its bytes are stable.
    ///
    /// # Errors
    /// As for [`ProgramSink::place`]; and when an entry cannot be read.
    fn archive(
        &self,
        form: ArchiveForm,
        entries: Vec<Entry>,
        place: FilePlace<'_>,
    ) -> Result<PlacedFile, BuildError>;

    /// Puts a small file at `place`.
    ///
    /// # Errors
    /// As for [`ProgramSink::place`].
    fn write(&self, bytes: &[u8], place: FilePlace<'_>) -> Result<PlacedFile, BuildError>;
}

/// Where a file goes.
#[derive(Debug, Clone, Copy)]
pub struct FilePlace<'a> {
    /// Its place.
    pub path: &'a Path,
    /// Files that say something of what was there before, such as its signature. They go, in this order,
    /// when the new file is whole and before it comes: at no time do they lie beside what they do not
    /// tell of.
    pub outdated: &'a [PathBuf],
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
