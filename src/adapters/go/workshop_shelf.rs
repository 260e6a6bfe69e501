//! The folders of builds in the cache folder, for whoever looks after it.

use std::io;
use std::path::{Path, PathBuf};

use crate::adapters::cache_files;
use crate::adapters::held_folder::{self, FOLDER};
use crate::model::{CacheEntry, CacheKind};
use crate::ports::{CacheShelf, Health, Removal};

/// Looks after what builds work in.
pub struct WorkshopShelf {
    cache: PathBuf,
}

impl WorkshopShelf {
    /// Looks after those in the folder `cache`.
    pub fn new(cache: PathBuf) -> Self {
        Self { cache }
    }
}

impl CacheShelf for WorkshopShelf {
    fn kept(&self) -> io::Result<Vec<CacheEntry>> {
        Ok(Vec::new())
    }

    fn others(&self) -> io::Result<Vec<CacheEntry>> {
        let contents = cache_files::contents(&self.cache.join(FOLDER))?;
        let entries = contents.into_iter().map(|(entry, metadata)| {
            let path = Path::new(FOLDER).join(entry.file_name());
            CacheEntry {
                kind: if held_folder::is_ours(&entry) {
                    CacheKind::Temporary
                } else {
                    CacheKind::Other
                },
                name: path.to_string_lossy().into_owned(),
                path,
                size_bytes: cache_files::size_of_all(&entry.path()),
                used: cache_files::last_use(&metadata),
            }
        });
        Ok(entries.collect())
    }

    fn sweep(&self) {
        held_folder::sweep(&self.cache);
    }

    fn check(&self, _: &CacheEntry) -> io::Result<Health> {
        Ok(Health::Sound)
    }

    fn remove(&self, entry: &CacheEntry) -> io::Result<Removal> {
        if entry.kind != CacheKind::Temporary {
            return Ok(Removal::InUse);
        }
        cache_files::unless_gone(held_folder::remove_left(&self.cache.join(&entry.path)))
    }
}
