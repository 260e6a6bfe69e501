//! What of the cache folder is plain files: blobs, memos, files that are not there yet; and what is
//! there that nobody here has put there.

#![expect(clippy::disallowed_methods, reason = "what is kept is files")]

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::CacheFolder;
use super::cache::{
    ATTESTED, BLOBS, BUNDLES, COMPARED, HEADS, HISTORY, HISTORY_LOCK, INVENTORIES, LATEST, MEMOS,
    PLACES, TEMP, TRIM_LOCK, VERDICTS,
};
use super::{blob_store, temp_file};
use crate::adapters::cache_files;
use crate::model::{CacheEntry, CacheKind, Digest};
use crate::ports::{CacheShelf, Health, Removal, is_unfinished};

/// What the folder itself holds: the rooms of this shelf and of those of other adapters.
const ROOMS: [&str; 18] = [
    ATTESTED,
    "blobs",
    BLOBS,
    "builds",
    BUNDLES,
    COMPARED,
    HEADS,
    HISTORY,
    HISTORY_LOCK,
    INVENTORIES,
    LATEST,
    MEMOS,
    PLACES,
    TEMP,
    "toolchains",
    "tools",
    TRIM_LOCK,
    VERDICTS,
];

/// The rooms of files that are kept.
const KEPT: [&str; 8] = [
    ATTESTED,
    BLOBS,
    COMPARED,
    INVENTORIES,
    MEMOS,
    LATEST,
    PLACES,
    VERDICTS,
];

/// The longest memo that is read, far beyond any that is written.
const MEMO_BYTES: u64 = 64 << 20;

/// Looks after blobs, memos and files that are not there yet.
pub struct DiskCacheShelf {
    cache: CacheFolder,
}

impl DiskCacheShelf {
    /// Looks after those in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }

    /// Returns what is in `folder`, as far as it is of a kind that is wanted.
    fn list_in(
        &self,
        folder: &str,
        is_wanted: impl Fn(CacheKind) -> bool,
    ) -> io::Result<Vec<CacheEntry>> {
        let contents = cache_files::contents(&self.cache.path().join(folder))?;
        let entries = contents.into_iter().filter_map(|(entry, metadata)| {
            let path = Path::new(folder).join(entry.file_name());
            let kind = kind_of(folder, &path, &metadata);
            let is_room = ROOMS.iter().any(|room| path == Path::new(room));
            (!is_room && is_wanted(kind)).then(|| self.entry(kind, path, &metadata))
        });
        Ok(entries.collect())
    }

    fn entry(&self, kind: CacheKind, path: PathBuf, metadata: &Metadata) -> CacheEntry {
        let digest = digest_of(&path).filter(|_| {
            kind.is_kept()
                && ![ATTESTED, COMPARED, INVENTORIES, LATEST, PLACES, VERDICTS]
                    .iter()
                    .any(|it| path.starts_with(it))
        });
        let shown = || path.to_string_lossy().into_owned();
        CacheEntry {
            kind,
            name: digest.as_ref().map_or_else(shown, Digest::to_string),
            size_bytes: if metadata.is_dir() {
                cache_files::size_of_all(&self.cache.path().join(&path))
            } else {
                cache_files::size(metadata)
            },
            used: cache_files::last_use(metadata),
            path,
        }
    }

    fn path(&self, entry: &CacheEntry) -> PathBuf {
        self.cache.path().join(&entry.path)
    }
}

/// What has another form than this version gives it is not this version's.
fn kind_of(folder: &str, path: &Path, metadata: &Metadata) -> CacheKind {
    if !metadata.is_file() {
        return CacheKind::Other;
    }
    let name = path.file_name().and_then(|name| name.to_str());
    match folder {
        BLOBS if digest_of(path).is_some() => CacheKind::Blobs,
        ATTESTED | COMPARED | INVENTORIES | MEMOS | LATEST | PLACES | VERDICTS
            if digest_of(path).is_some() =>
        {
            CacheKind::Memos
        }
        TEMP if name.is_some_and(is_unfinished) => CacheKind::Temporary,
        _ => CacheKind::Other,
    }
}

/// Returns the digest that a file is named by.
fn digest_of(path: &Path) -> Option<Digest> {
    let name = path.file_name()?.to_str()?;
    format!("sha256:{name}").parse().ok()
}

impl CacheShelf for DiskCacheShelf {
    fn kept(&self) -> io::Result<Vec<CacheEntry>> {
        let lists = KEPT.map(|folder| self.list_in(folder, CacheKind::is_kept));
        Ok(lists.into_iter().collect::<io::Result<Vec<_>>>()?.concat())
    }

    fn others(&self) -> io::Result<Vec<CacheEntry>> {
        let folders = ["", "blobs"].into_iter().chain(KEPT).chain([TEMP]);
        let lists = folders.map(|folder| self.list_in(folder, |kind| !kind.is_kept()));
        Ok(lists.collect::<io::Result<Vec<_>>>()?.concat())
    }

    fn sweep(&self) {
        temp_file::sweep(&self.cache.path().join(TEMP));
    }

    fn check(&self, entry: &CacheEntry) -> io::Result<Health> {
        let path = self.path(entry);
        let checked = match (entry.kind, digest_of(&path)) {
            (CacheKind::Blobs, Some(digest)) => blob_store::check(&path, digest).map(drop),
            (CacheKind::Memos, Some(_)) if entry.path.starts_with(LATEST) => check_latest(&path),
            // At worst a mount is refused.
            (CacheKind::Memos, Some(_)) if entry.path.starts_with(PLACES) => Ok(()),
            // At worst it is found out again what hangs on an image.
            (CacheKind::Memos, Some(_)) if entry.path.starts_with(ATTESTED) => Ok(()),
            (CacheKind::Memos, Some(_)) => check_memo(&path),
            _ => Ok(()),
        };
        match checked {
            Ok(()) => Ok(Health::Sound),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Ok(Health::Harmed(error.to_string()))
            }
            // Another process has removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Health::Sound),
            Err(error) => Err(error),
        }
    }

    fn remove(&self, entry: &CacheEntry) -> io::Result<Removal> {
        let path = self.path(entry);
        cache_files::unless_gone(match entry.kind {
            // Whoever reads it has it open, and reads on.
            CacheKind::Blobs | CacheKind::Memos => fs::remove_file(path).map(|()| Removal::Removed),
            CacheKind::Temporary => temp_file::remove_left(&path),
            CacheKind::Toolchains | CacheKind::Tools | CacheKind::Bundles | CacheKind::Other => {
                Ok(Removal::InUse)
            }
        })
    }
}

/// A memo is a line with the digest of what follows. That may be of a newer version's form: its
/// readers see to it.
fn check_memo(path: &Path) -> io::Result<()> {
    let bytes = read(path)?;
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (seal, text) = bytes.split_at(end.unwrap_or_default());
    let text = text.get(1..).unwrap_or_default();
    if parse(seal) == Some(Digest::of(text)) {
        Ok(())
    } else {
        Err(harmed("it does not begin with the digest of what follows"))
    }
}

/// The file that names the latest memo is the digest in its name.
fn check_latest(path: &Path) -> io::Result<()> {
    parse(&read(path)?)
        .map(drop)
        .ok_or_else(|| harmed("it names no memo"))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MEMO_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(digest: &[u8]) -> Option<Digest> {
    str::from_utf8(digest).ok()?.parse().ok()
}

fn harmed(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
