//! What bases consist of, in the cache folder: `inventories/HEX`, with the digest of what follows in the
//! first line.

#![expect(
    clippy::disallowed_methods,
    reason = "records are files; they come about through temp_file"
)]

use std::fs;
use std::io::Read as _;

use super::{CacheFolder, sealed_json};
use crate::adapters::cache_files;
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
        let file = fs::File::open(self.cache.inventory(&key)).ok()?;
        cache_files::note_use(&file);
        let mut bytes = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        sealed_json::read(&bytes)
    }

    fn keep(&self, key: Digest, inventory: &BaseInventory) {
        // A cache that takes nothing more is told of where it matters.
        let _ = sealed_json::written(inventory)
            .and_then(|bytes| self.cache.keep_small(&self.cache.inventory(&key), &bytes));
    }
}
