//! Why an image is not in a file or folder.

use std::fmt;
use std::io;

use crate::layers::LayerError;
use crate::model::{BuildError, Digest, ExitCode, ImagePathError, Phase, StopReason};
use crate::publish::LayoutError;

/// What stands in the way of an archive or a layout.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
    /// A blob of the image cannot be read.
    #[error("cannot read {digest}")]
    Blob {
        /// The blob.
        digest: Digest,
        /// What its source said.
        source: io::Error,
    },
    /// The place takes no more.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// A folder is where the archive is to be.
    #[error("it is a folder, expected the name of a file")]
    Folder,
    /// A device, pipe or socket is where the archive is to be: it would be replaced by a file.
    #[error("there is something that is no file, expected the name of a file")]
    NoFile,
    /// The folder holds something else.
    #[error("the folder is not empty and no OCI layout")]
    NoLayout,
    /// The layout cannot be added to.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The archive is not what it should be.
    #[error(transparent)]
    Tar(LayerError),
    /// A digest is no name in the archive.
    #[error(transparent)]
    Name(#[from] ImagePathError),
}

impl From<LayerError> for OutputError {
    fn from(error: LayerError) -> Self {
        match error {
            LayerError::Stopped(reason) => Self::Stopped(reason),
            LayerError::Store(error) => Self::Write(error),
            error => Self::Tar(error),
        }
    }
}

impl OutputError {
    /// Says what it means for `target` that `message`.
    pub(super) fn into_build_error(self, target: impl fmt::Display, message: &str) -> BuildError {
        let error = BuildError::new(Phase::Publish, target, message);
        let cause = match self.into_carried() {
            Ok(carried) => return carried,
            Err(cause) => cause,
        };
        match &cause {
            Self::Stopped(reason) => error.exit(reason.exit_code()),
            Self::Blob { .. } | Self::Tar(_) | Self::Name(_) => error.exit(ExitCode::Internal),
            Self::Write(_) => error
                .exit(ExitCode::CannotWrite)
                .hint("free some space, or name another place with --output"),
            Self::Folder | Self::NoFile | Self::NoLayout | Self::Layout(_) => error
                .exit(ExitCode::CannotWrite)
                .hint("name another place with --output"),
        }
        .because(cause)
    }

    /// A blob that comes out of a registry tells itself why it does not come.
    fn into_carried(self) -> Result<BuildError, Self> {
        match self {
            Self::Blob { digest, source } => source
                .downcast()
                .map_err(|source| Self::Blob { digest, source }),
            Self::Tar(LayerError::Read { path, source }) => source
                .downcast()
                .map_err(|source| Self::Tar(LayerError::Read { path, source })),
            other => Err(other),
        }
    }
}
