//! Why an image of a registry is no base.

use super::registry_error::RegistryError;
use crate::image::{StoredConfigError, StoredManifestError};
use crate::model::{BuildError, MediaType, Phase, Platform, Reference, RepositoryError};

/// Why a base cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PullError {
    /// The registry did not hand it out.
    #[error(transparent)]
    Registry(Box<RegistryError>),
    /// Its name in the mirror is none.
    #[error(transparent)]
    Mirror(#[from] RepositoryError),
    /// Its manifest or index is none.
    #[error(transparent)]
    Manifest(#[from] StoredManifestError),
    /// Its configuration is none.
    #[error(transparent)]
    Config(#[from] StoredConfigError),
    /// An index names another index as the image of a platform.
    #[error("its index names an index where an image's manifest is expected")]
    Nested,
    /// A platform that is wanted is not there.
    #[error("it has no {wanted}; it has {}", list(has))]
    Platform {
        wanted: Platform,
        has: Vec<Platform>,
    },
    /// Its configuration is of a kind that images do not have.
    #[error("the media type of its configuration is {0}, expected an image's, OCI's or Docker's")]
    ConfigType(MediaType),
    /// A layer is of a kind that cannot be built on.
    #[error(
        "the media type of a layer is {0}, expected a tar, plain or compressed by gzip or zstd"
    )]
    LayerType(MediaType),
    /// Manifest and configuration contradict each other.
    #[error("its manifest has {layers} layers, and its configuration {diff_ids}")]
    Layers { layers: usize, diff_ids: usize },
    /// Something is longer than it may be.
    #[error("its {what} has {size_bytes} bytes, more than {limit_bytes}")]
    TooLong {
        what: &'static str,
        size_bytes: u64,
        limit_bytes: u64,
    },
}

impl From<RegistryError> for PullError {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Box::new(error))
    }
}

impl PullError {
    /// Says that `reference` is no base.
    pub(super) fn into_build_error(self, reference: &Reference, login: Option<&str>) -> BuildError {
        const MESSAGE: &str = "cannot use this base";
        match self {
            Self::Registry(error) => {
                let repository = reference.repository();
                error.into_build_error(Phase::Base, repository, reference, MESSAGE, login)
            }
            Self::Platform { .. } => BuildError::new(Phase::Base, reference, self)
                .hint("choose among these by platforms or --platform, or another base"),
            other => BuildError::new(Phase::Base, reference, MESSAGE).because(other),
        }
    }
}

fn list(platforms: &[Platform]) -> String {
    match platforms {
        [] => "none".to_owned(),
        some => some
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}
