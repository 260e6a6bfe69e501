//! Why a layer was not made.

use std::fmt;
use std::io;

use crate::model::{BuildError, ExitCode, ImagePath, Phase, StopReason};

/// What stands in the way of a layer.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The root of an image is not an entry of a layer.
    #[error("/ is the image's root and cannot be an entry of a layer")]
    Root,
    /// Two entries are at one path.
    #[error("{0} is there twice")]
    Duplicate(ImagePath),
    /// An entry lies below a file or a link.
    #[error("{path} lies below {parent}, which is not a folder")]
    NotInFolder {
        /// The entry.
        path: ImagePath,
        /// What should be a folder.
        parent: ImagePath,
    },
    /// A file grew or shrank since its size was taken.
    #[error("{path} changed while it was read: expected {expected_bytes} bytes, found {found}")]
    Changed {
        /// The file, as the image names it.
        path: ImagePath,
        /// The size that the entry gave.
        expected_bytes: u64,
        /// What was read.
        found: FoundBytes,
    },
    /// A file cannot be read.
    #[error("cannot read what becomes {path}")]
    Read {
        /// The file, as the image names it.
        path: ImagePath,
        /// What the system said.
        source: io::Error,
    },
    /// The compressed bytes cannot be kept.
    #[error("cannot write the layer")]
    Store(#[source] io::Error),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
}

impl LayerError {
    /// Says what it means for `target` that `message`.
    pub fn into_build_error(self, target: impl fmt::Display, message: &str) -> BuildError {
        let error = BuildError::new(Phase::Layers, target, message);
        match &self {
            // The plan has no such entries.
            Self::Root | Self::Duplicate(_) | Self::NotInFolder { .. } => error,
            Self::Changed { .. } => error
                .exit(ExitCode::Refused)
                .hint("build again when nothing writes to it"),
            Self::Read { .. } => error.exit(ExitCode::Refused),
            Self::Store(_) => error
                .exit(ExitCode::CannotWrite)
                .hint("free some space, or name another folder: CORACLE_CACHE=/var/tmp/coracle"),
            Self::Stopped(reason) => error.exit(reason.exit_code()),
        }
        .because(self)
    }
}

/// What was read of a file that should have another number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBytes {
    /// It ended after so many.
    Only(u64),
    /// It went on; the rest was not counted.
    More,
}

impl fmt::Display for FoundBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only(bytes) => bytes.fmt(f),
            Self::More => f.write_str("more"),
        }
    }
}
