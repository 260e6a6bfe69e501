//! The releases of Go in the cache folder, for whoever looks after it.

use std::fs::{DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::shelf::{FOLDER, Shelf};
use crate::adapters::cache_files;
use crate::model::{CacheEntry, CacheKind};
use crate::ports::{CacheShelf, Health, Removal};

/// Looks after toolchains.
pub struct ToolchainShelf {
    cache: PathBuf,
}

/// What a name in the folder stands for.
enum Place {
    /// A release that is complete.
    Whole(Shelf),
    /// One that is being filled or cleared, or was when its process was killed.
    Part(Shelf),
    /// What processes lock; it takes no room and is never removed, as somebody may wait for it.
    Lock,
    /// Nothing of ours.
    Unknown,
}

impl ToolchainShelf {
    /// Looks after those in the folder `cache`.
    pub fn new(cache: PathBuf) -> Self {
        Self { cache }
    }

    fn place(&self, name: &str) -> Place {
        let named = |name: &str| Shelf::named(&self.cache, name);
        match name.strip_prefix('.') {
            None => named(name).map_or(Place::Unknown, Place::Whole),
            Some(hidden) => match hidden.rsplit_once('.') {
                Some((name, "lock")) if named(name).is_some() => Place::Lock,
                Some((name, "part" | "zip")) => named(name).map_or(Place::Unknown, Place::Part),
                _ => Place::Unknown,
            },
        }
    }

    fn place_of(&self, entry: &CacheEntry) -> Place {
        let name = entry.path.file_name().and_then(|name| name.to_str());
        name.map_or(Place::Unknown, |name| self.place(name))
    }

    /// Returns what is in the folder, each with what its name stands for.
    fn contents(&self) -> io::Result<impl Iterator<Item = (Place, DirEntry, Metadata)>> {
        let contents = cache_files::contents(&self.cache.join(FOLDER))?;
        Ok(contents.into_iter().map(|(entry, metadata)| {
            let name = entry.file_name();
            let place = match self.place(name.to_str().unwrap_or_default()) {
                Place::Whole(_) if !metadata.is_dir() => Place::Unknown,
                place => place,
            };
            (place, entry, metadata)
        }))
    }
}

impl CacheShelf for ToolchainShelf {
    fn kept(&self) -> io::Result<Vec<CacheEntry>> {
        let mut entries = Vec::new();
        for (place, entry, _) in self.contents()? {
            let Place::Whole(shelf) = place else {
                continue;
            };
            let (size_bytes, used) = match shelf.size_and_use() {
                // Another process has removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                known => known?,
            };
            entries.push(CacheEntry {
                kind: CacheKind::Toolchains,
                name: entry.file_name().to_string_lossy().into_owned(),
                path: Path::new(FOLDER).join(entry.file_name()),
                size_bytes,
                used,
            });
        }
        Ok(entries)
    }

    fn others(&self) -> io::Result<Vec<CacheEntry>> {
        let entries = self.contents()?.filter_map(|(place, entry, metadata)| {
            let kind = match place {
                Place::Whole(_) | Place::Lock => return None,
                Place::Part(_) => CacheKind::Temporary,
                Place::Unknown => CacheKind::Other,
            };
            let path = Path::new(FOLDER).join(entry.file_name());
            Some(CacheEntry {
                kind,
                name: path.to_string_lossy().into_owned(),
                path,
                size_bytes: cache_files::size_of_all(&entry.path()),
                used: cache_files::last_use(&metadata),
            })
        });
        Ok(entries.collect())
    }

    fn sweep(&self) {
        for (place, ..) in self.contents().into_iter().flatten() {
            if let Place::Part(shelf) = place {
                // What cannot be removed stays: it harms nobody.
                let _ = shelf.clear_part();
            }
        }
    }

    fn check(&self, entry: &CacheEntry) -> io::Result<Health> {
        let Place::Whole(shelf) = self.place_of(entry) else {
            return Ok(Health::Sound);
        };
        // Held, so that what is read is not cleared meanwhile; where it cannot be, somebody does so.
        let Some(_hold) = shelf.hold() else {
            return Ok(Health::Sound);
        };
        Ok(match shelf.check()? {
            None => Health::Sound,
            Some(harm) => Health::Harmed(harm.to_owned()),
        })
    }

    fn remove(&self, entry: &CacheEntry) -> io::Result<Removal> {
        cache_files::unless_gone(match self.place_of(entry) {
            Place::Whole(shelf) => shelf.clear(),
            Place::Part(shelf) => shelf.clear_part(),
            Place::Lock | Place::Unknown => Ok(Removal::InUse),
        })
    }
}
