//! Where an image goes.

use std::fmt;
use std::path::PathBuf;

use crate::model::Repository;

/// A place that keeps images.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// A repository in a registry.
    Registry(Repository),
    /// One tar that is an OCI layout and a docker archive at once.
    Archive(ArchiveFile),
    /// A folder that is an OCI layout.
    Layout(PathBuf),
}

/// An archive, and what its image is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchiveFile {
    /// Where it is.
    pub path: PathBuf,
    /// The name under which the image is loaded.
    pub name: Repository,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(repository) => repository.fmt(f),
            Self::Archive(ArchiveFile { path, .. }) => write!(f, "archive={}", path.display()),
            Self::Layout(path) => write!(f, "layout={}", path.display()),
        }
    }
}
