//! One name in an image.

use std::fmt;
use std::sync::Arc;

use super::{BlobSource, FileCapabilities, FileMode, ImagePath, Owner};

/// A file, folder or link that goes into a layer.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it is.
    pub path: ImagePath,
    /// Its permission bits.
    pub mode: FileMode,
    /// Who owns it.
    pub owner: Owner,
    /// What it lets its process do, where it is a program that has such rights.
    pub capabilities: FileCapabilities,
    /// What it is.
    pub content: Content,
}

/// What an entry is.
#[derive(Clone)]
pub enum Content {
    /// A file with so many bytes.
    File {
        /// The number of its bytes: what is read must be exactly as long.
        size_bytes: u64,
        /// Its bytes.
        source: Arc<dyn BlobSource>,
    },
    /// A folder.
    Folder,
    /// A symbolic link with its text.
    Symlink(String),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { size_bytes, .. } => write!(f, "File({size_bytes} bytes)"),
            Self::Folder => f.write_str("Folder"),
            Self::Symlink(target) => write!(f, "Symlink({target:?})"),
        }
    }
}
