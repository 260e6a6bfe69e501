//! What bases consist of, in the cache folder: `inventories/HEX`, with the digest of what follows in the
//! first line.

use super::{CacheFolder, sealed_json};
use crate::attest::sbom::BaseInventory;
use crate::model::Digest;
use crate::ports::InventoryShelf;

/// Large distributions have some thousand packages.
const MAX_BYTES: u64 = 32 << 20;

/// Records in the cache folder.
pub struct DiskInventoryShelf {
    cache: CacheFolder,
}

impl DiskInventoryShelf {
    /// Keeps them in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }
}

impl InventoryShelf for DiskInventoryShelf {
    fn find(&self, key: Digest) -> Option<BaseInventory> {
        let bytes = self
            .cache
            .read_small(&self.cache.inventory(&key), MAX_BYTES)?;
        sealed_json::read(&bytes)
    }

    fn keep(&self, key: Digest, inventory: &BaseInventory) {
        // A cache that takes nothing more is told of where it matters.
        let _ = sealed_json::written(inventory)
            .and_then(|bytes| self.cache.keep_small(&self.cache.inventory(&key), &bytes));
    }
}
