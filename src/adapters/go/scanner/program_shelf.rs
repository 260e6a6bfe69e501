//! The scanners in the cache folder, for whoever looks after it.

#![expect(
    clippy::disallowed_methods,
    reason = "a scanner is read anew to see whether it is one"
)]

use std::fs::{DirEntry, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::program::{FOLDER, Kind, kind_of, remove};
use crate::adapters::cache_files;
use crate::compile::BuildInfo;
use crate::model::{CacheEntry, CacheKind};
use crate::ports::{CacheShelf, Health, Removal};

/// Looks after scanners.
pub struct ScannerShelf {
    cache: PathBuf,
}

impl ScannerShelf {
    /// Looks after those in the folder `cache`.
    pub fn new(cache: PathBuf) -> Self {
        Self { cache }
    }

    /// Returns what is in the folder, but for locks.
    fn entries(&self, wanted: CacheKind) -> io::Result<Vec<CacheEntry>> {
        let contents = cache_files::contents(&self.cache.join(FOLDER))?;
        let entries = contents.into_iter().filter_map(|(entry, metadata)| {
            let kind = kind(&entry, &metadata).filter(|kind| *kind == wanted)?;
            let path = Path::new(FOLDER).join(entry.file_name());
            let name = match kind {
                CacheKind::Tools => Path::new(&entry.file_name()).to_string_lossy().into_owned(),
                _ => path.to_string_lossy().into_owned(),
            };
            Some(CacheEntry {
                kind,
                name,
                path,
                size_bytes: cache_files::size_of_all(&entry.path()),
                used: cache_files::last_use(&metadata),
            })
        });
        Ok(entries.collect())
    }
}

fn kind(entry: &DirEntry, metadata: &Metadata) -> Option<CacheKind> {
    match kind_of(entry.file_name().to_str().unwrap_or_default()) {
        Kind::Lock => None,
        Kind::Scanner if metadata.is_file() => Some(CacheKind::Tools),
        Kind::Scanner | Kind::Unknown => Some(CacheKind::Other),
    }
}

impl CacheShelf for ScannerShelf {
    fn kept(&self) -> io::Result<Vec<CacheEntry>> {
        self.entries(CacheKind::Tools)
    }

    fn others(&self) -> io::Result<Vec<CacheEntry>> {
        self.entries(CacheKind::Other)
    }

    /// One that is being built is among what builds work in.
    fn sweep(&self) {}

    fn check(&self, entry: &CacheEntry) -> io::Result<Health> {
        if entry.kind != CacheKind::Tools {
            return Ok(Health::Sound);
        }
        let info = BuildInfo::read(File::open(self.cache.join(&entry.path))?)?;
        // Each is looked at before it runs; what another version has kept is that one's to judge.
        Ok(match info {
            Some(_) => Health::Sound,
            None => Health::Harmed("it is no Go program".to_owned()),
        })
    }

    fn remove(&self, entry: &CacheEntry) -> io::Result<Removal> {
        if entry.kind != CacheKind::Tools {
            return Ok(Removal::InUse);
        }
        cache_files::unless_gone(remove(&self.cache.join(&entry.path)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn scanners_are_listed_checked_and_removed_unless_one_runs() {
        let cache = TempDir::new().unwrap();
        let tools = cache.path().join(FOLDER);
        fs::create_dir(&tools).unwrap();
        let name = "govulncheck-v1.0.0-go1.26.8-linux-amd64";
        for file in [name, "note.txt", &format!(".{name}.lock")] {
            fs::write(tools.join(file), "x").unwrap();
        }
        let shelf = ScannerShelf::new(cache.path().to_owned());
        let kept = shelf.kept().unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].name, name);
        let others = shelf.others().unwrap();
        assert_eq!(others.len(), 1);
        assert_eq!(others[0].name, "tools/note.txt");
        assert!(matches!(shelf.check(&kept[0]).unwrap(), Health::Harmed(_)));
        assert_eq!(shelf.remove(&others[0]).unwrap(), Removal::InUse);
        let used = File::open(tools.join(name)).unwrap();
        used.lock_shared().unwrap();
        assert_eq!(shelf.remove(&kept[0]).unwrap(), Removal::InUse);
        drop(used);
        assert_eq!(shelf.remove(&kept[0]).unwrap(), Removal::Removed);
        assert_eq!(shelf.remove(&kept[0]).unwrap(), Removal::Gone);
        assert!(shelf.kept().unwrap().is_empty());
    }
}
