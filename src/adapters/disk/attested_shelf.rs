//! What was hung onto images, in the cache folder: `attested/HEX` has the digest of a manifest a line.

use super::CacheFolder;
use crate::model::Digest;
use crate::ports::AttestedShelf;

/// An image has a handful of things that hang on it.
const MAX_BYTES: u64 = 16 << 10;

/// Records in the cache folder.
pub struct DiskAttestedShelf {
    cache: CacheFolder,
}

impl DiskAttestedShelf {
    /// Keeps them in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }
}

impl AttestedShelf for DiskAttestedShelf {
    /// A record that is not whole is another version's, and as good as none.
    fn find(&self, key: Digest) -> Option<Vec<Digest>> {
        let bytes = self
            .cache
            .read_small(&self.cache.attested(&key), MAX_BYTES)?;
        let text = String::from_utf8(bytes).ok()?;
        let found: Option<Vec<Digest>> = text.lines().map(|line| line.parse().ok()).collect();
        found.filter(|manifests| !manifests.is_empty())
    }

    fn keep(&self, key: Digest, manifests: &[Digest]) {
        let lines: Vec<String> = manifests.iter().map(Digest::to_string).collect();
        // A cache that takes nothing more is told of where it matters.
        let _ = self
            .cache
            .keep_small(&self.cache.attested(&key), lines.join("\n").as_bytes());
    }
}
