//! Which images this machine has signed.

use crate::model::Digest;

/// Remembers from run to run what was hung onto images, so that the registry need be asked for its
/// list alone.
pub trait AttestedShelf: Sync {
    /// Returns the manifests that were hung onto an image, which `key` names with all that decides
    /// what they are.
    fn find(&self, key: Digest) -> Option<Vec<Digest>>;

    /// Notes them. What cannot be noted is found out again.
    fn keep(&self, key: Digest, manifests: &[Digest]);
}
