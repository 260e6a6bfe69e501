//! What checksum databases have signed, in the cache folder: `heads/HEX`, the note as it came, named by
//! the digest of the database's name. They are evidence, take no room, and are never cleaned away.

use super::CacheFolder;
use crate::model::Digest;
use crate::ports::HeadShelf;

/// A note has a few hundred bytes.
const MAX_BYTES: u64 = 64 << 10;

/// Notes in the cache folder.
pub struct DiskHeadShelf {
    cache: CacheFolder,
}

impl DiskHeadShelf {
    /// Keeps them in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }
}

impl HeadShelf for DiskHeadShelf {
    fn seen(&self, database: &str) -> Option<String> {
        let places = self.cache.heads(&Digest::of(database.as_bytes()));
        let mut notes = places.iter();
        let note = notes.find_map(|path| CacheFolder::read_at(path, MAX_BYTES))?;
        String::from_utf8(note).ok()
    }

    fn keep(&self, database: &str, note: &str) {
        let [path, _] = self.cache.heads(&Digest::of(database.as_bytes()));
        // A cache that takes nothing more is told of where it matters.
        let _ = self.cache.keep_small(&path, note.as_bytes());
    }
}
