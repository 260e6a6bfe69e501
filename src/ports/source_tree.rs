//! The user's source, as files below one root.

use std::io::Read;
use std::sync::Arc;

use crate::model::{BlobSource, SourcePath};

const UNFINISHED_PREFIX: &str = ".coracle-";
const UNFINISHED_SUFFIX: &str = ".tmp";

/// How the name of a file begins and ends as long as coracle has not finished writing it.
pub const UNFINISHED: [&str; 2] = [UNFINISHED_PREFIX, UNFINISHED_SUFFIX];

/// Tells whether a file that coracle has not finished writing would have this name.
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED_PREFIX) && name.ends_with(UNFINISHED_SUFFIX)
}

/// A tree of files that is only read. No path leads out of it: not by its text, and not by a link.
pub trait SourceTree: Sync {
    /// Returns what is at `path`, without following a link at its end.
    ///
    /// # Errors
    /// When nothing is there, or it cannot be looked at.
    fn entry(&self, path: &SourcePath) -> Result<SourceEntry, SourceTreeError>;

    /// Returns what is in the folder `path`; links to it are followed as long as they stay inside.
    ///
    /// # Errors
    /// When it is no folder, cannot be read, or lies outside.
    fn list(&self, path: &SourcePath) -> Result<Listing, SourceTreeError>;

    /// Returns the bytes of the file at `path`, of at most `limit_bytes`; links are followed as
    /// long as they stay inside.
    ///
    /// # Errors
    /// When there is no such file, it is too long, cannot be read, or lies outside.
    fn read(&self, path: &SourcePath, limit_bytes: u64) -> Result<Vec<u8>, SourceTreeError>;

    /// Returns a source from which the bytes of the file at `path` can be read again and again.
    ///
    /// # Errors
    /// As for [`SourceTree::read`].
    fn open(&self, path: &SourcePath) -> Result<Arc<dyn BlobSource>, SourceTreeError>;

    /// Opens the file at `path` once, and returns its state before the first byte is read: what
    /// changes with every change, also where the bytes are the same again.
    ///
    /// # Errors
    /// As for [`SourceTree::read`].
    fn open_stamped(&self, path: &SourcePath) -> Result<StampedFile, SourceTreeError>;
}

/// The state of a file, and its bytes from there on.
pub type StampedFile = (FileStamp, Box<dyn Read>);

/// A state of a file: what the system notes when it is changed, and nobody can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    /// The device and the number of the file on it.
    pub file: (u64, u64),
    /// When it was changed last, in seconds and nanoseconds.
    pub changed: (i64, u64),
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Its entries, sorted by name.
    pub entries: Vec<SourceEntry>,
    /// The names in it that are not UTF-8, with replacement characters.
    pub not_utf8: Vec<String>,
}

/// One name in a source tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEntry {
    /// Where it is, from the tree's root.
    pub path: SourcePath,
    /// What it is.
    pub kind: EntryKind,
}

/// What a name in a source tree stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File {
        /// Its length.
        size_bytes: u64,
        /// Whether its owner may run it.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link, with its text.
    Symlink(String),
    /// A socket, FIFO or device, with its word for people.
    Special(&'static str),
}

/// Why something in a source tree cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceTreeError {
    /// Nothing is there.
    #[error("{0} does not exist")]
    Missing(SourcePath),
    /// A link on the way leads out of the tree.
    #[error("{0} leads out of the project")]
    Outside(SourcePath),
    /// The file is longer than what it is read for can be.
    #[error("{path} is longer than {limit_bytes} bytes")]
    TooLong {
        /// The file.
        path: SourcePath,
        /// What would be taken.
        limit_bytes: u64,
    },
    /// A folder is needed, or a file, and the other is there.
    #[error("{path} is not a {expected}")]
    WrongKind {
        /// Where.
        path: SourcePath,
        /// What it would have to be.
        expected: &'static str,
    },
    /// The system refused.
    #[error("cannot read {path}")]
    Io {
        /// What was looked at.
        path: SourcePath,
        /// What the system said.
        source: std::io::Error,
    },
}
