//! Why a file of a release is not in its folder.

use std::io;
use std::path::{Path, PathBuf};

use zip::result::ZipError;

use crate::layers::LayerError;
use crate::model::{BuildError, ExitCode, ImagePath, Phase, StopReason};

/// What stands in the way of a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramError {
    /// The place takes no more, or the program cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder is where the file is to be.
    #[error("there is a folder in its place")]
    Folder,
    /// A device, pipe or socket is where the file is to be: it would be replaced by a file.
    #[error("there is something in its place that is no file")]
    NoFile,
    /// A file is where the folder is to be.
    #[error("{} is a file, expected a folder", .0.display())]
    NoFolder(PathBuf),
    /// The archive cannot be made.
    #[error(transparent)]
    Layer(LayerError),
    /// A file that goes into the archive cannot be read.
    #[error("cannot read {path}")]
    Entry {
        /// Where it would be in the archive.
        path: ImagePath,
        /// What the system said.
        source: io::Error,
    },
    /// The writer of zips refuses.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
}

impl From<LayerError> for ProgramError {
    fn from(error: LayerError) -> Self {
        match error {
            LayerError::Stopped(reason) => Self::Stopped(reason),
            LayerError::Store(error) => Self::Io(error),
            error => Self::Layer(error),
        }
    }
}

impl ProgramError {
    /// Says that there is no file at `path`.
    pub(super) fn into_build_error(self, path: &Path) -> BuildError {
        let error = BuildError::new(Phase::Publish, path.display(), "cannot write the file");
        match &self {
            Self::Stopped(reason) => error.exit(reason.exit_code()),
            Self::Layer(_) | Self::Entry { .. } => error.exit(ExitCode::Refused),
            Self::Io(cause) | Self::Zip(ZipError::Io(cause)) if is_full(cause) => error
                .exit(ExitCode::CannotWrite)
                .hint("free some space or name another folder with --output"),
            Self::Io(_) | Self::Zip(_) | Self::Folder | Self::NoFile | Self::NoFolder(_) => error
                .exit(ExitCode::CannotWrite)
                .hint("name another folder with --output, as in: coracle dist -o release"),
        }
        .because(self)
    }
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}
