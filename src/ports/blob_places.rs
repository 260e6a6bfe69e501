//! Which repositories have a blob, as far as this machine has seen.

use crate::model::{Digest, RegistryHost, Repository};

/// Remembers from run to run where blobs were brought. It may be wrong: who mounts a blob from
/// there has to be ready for a no.
pub trait BlobPlaces: Send + Sync {
    /// Returns a repository at `host` that has had the blob.
    fn holder(&self, digest: Digest, host: &RegistryHost) -> Option<Repository>;

    /// Notes that `repository` has the blob. What cannot be noted is forgotten.
    fn note(&self, digest: Digest, repository: &Repository);
}
