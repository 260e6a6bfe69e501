//! Which images this machine has signed, or has found to be signed.

use crate::model::Digest;

/// Remembers from run to run what was hung onto images, so that the registry need be asked for its
/// list alone; and what was found to hold of them, so that it need not be asked at all.
pub trait AttestedShelf: Sync {
    /// Returns the manifests that were hung onto an image, or hold of it; `key` names the image with all
    /// that decides what they are.
    fn find(&self, key: Digest) -> Option<Vec<Digest>>;

    /// Notes them. What cannot be noted is found out again.
    fn keep(&self, key: Digest, manifests: &[Digest]);
}
