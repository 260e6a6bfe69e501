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
    Archive(PathBuf),
    /// A folder that is an OCI layout.
    Layout(PathBuf),
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(repository) => repository.fmt(f),
            Self::Archive(path) => write!(f, "archive={}", path.display()),
            Self::Layout(path) => write!(f, "layout={}", path.display()),
        }
    }
}
