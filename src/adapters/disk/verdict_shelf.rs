//! What has passed all rules, in the cache folder: an empty file `verdicts/HEX` for each.

use super::CacheFolder;
use crate::model::Digest;
use crate::ports::VerdictShelf;

/// Notes in the cache folder.
pub struct DiskVerdictShelf {
    cache: CacheFolder,
}

impl DiskVerdictShelf {
    /// Keeps them in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }
}

impl VerdictShelf for DiskVerdictShelf {
    fn has_passed(&self, key: &Digest) -> bool {
        self.cache.read_small(&self.cache.verdict(key), 0).is_some()
    }

    fn keep(&self, key: &Digest) {
        // A cache that takes nothing more is told of where it matters.
        let _ = self.cache.keep_small(&self.cache.verdict(key), b"");
    }
}
