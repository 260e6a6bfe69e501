//! Folders to work in, each for one process, in the cache folder.
//!
//! One is locked for as long as its process lives, so that one that can be locked was left behind.

#![expect(
    clippy::disallowed_methods,
    reason = "compilers and git work on the disk"
)]

use std::fs::{self, DirBuilder, DirEntry, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::cache_files;
use crate::ports::Removal;

/// Where all of them are, from the cache folder.
pub const FOLDER: &str = "builds";
const PREFIX: &str = "go-";

/// A folder that nobody else works in. It is gone when this is dropped, read-only or not.
#[derive(Debug)]
pub struct HeldFolder {
    path: PathBuf,
    _lock: File,
}

impl HeldFolder {
    /// Makes an empty folder, below the cache folder.
    ///
    /// # Errors
    /// When the disk takes none.
    pub fn make(cache: &Path) -> io::Result<Self> {
        let all = cache.join(FOLDER);
        DirBuilder::new().recursive(true).mode(0o700).create(&all)?;
        loop {
            if let Some(held) = Self::lock(&all)? {
                return Ok(held);
            }
        }
    }

    /// Makes an empty folder; `None` where another process took it for one that was left, before
    /// it was locked.
    fn lock(all: &Path) -> io::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(all)?;
        let lock = match File::open(folder.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        // On a file system without locks nothing is ever swept.
        let is_taken = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
        Ok((!is_taken && folder.path().exists()).then(|| Self {
            path: folder.keep(),
            _lock: lock,
        }))
    }

    /// Returns the folder, absolute where the cache folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for HeldFolder {
    fn drop(&mut self) {
        // Whoever looks for folders that were left removes it then.
        let _ = cache_files::remove_all(&self.path);
    }
}

/// Removes the folders that processes left which are no more. What cannot be removed stays: it
/// harms nobody.
pub fn sweep(cache: &Path) {
    let Ok(entries) = fs::read_dir(cache.join(FOLDER)) else {
        return;
    };
    for entry in entries.flatten().filter(is_ours) {
        let _ = remove_left(&entry.path());
    }
}

/// Removes such a folder, unless its process lives.
///
/// # Errors
/// When it cannot be opened or removed.
pub fn remove_left(path: &Path) -> io::Result<Removal> {
    // Held until the folder is gone, so that nobody begins to work in it meanwhile.
    let folder = File::open(path)?;
    if folder.try_lock().is_err() {
        return Ok(Removal::InUse);
    }
    cache_files::remove_all(path).map(|()| Removal::Removed)
}

/// Tells whether this is such a folder.
pub fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
    is_folder && name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_folder_is_gone_with_its_process_and_one_that_was_left_with_the_next_run() {
        let cache = TempDir::new().unwrap();
        let held = HeldFolder::make(cache.path()).unwrap();
        let left = cache.path().join(FOLDER).join("go-left");
        for folder in [&left, held.path()] {
            let inner = folder.join("read-only");
            fs::create_dir_all(inner.join("out")).unwrap();
            fs::set_permissions(&inner, Permissions::from_mode(0o555)).unwrap();
        }
        sweep(cache.path());
        assert!(held.path().is_dir() && !left.exists());
        let path = held.path().to_owned();
        drop(held);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_was_made_is_never_swept() {
        let cache = TempDir::new().unwrap();
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    sweep(cache.path());
                }
            });
            let stays = (0..1000)
                .all(|_| HeldFolder::make(cache.path()).is_ok_and(|held| held.path().is_dir()));
            is_done.store(true, Ordering::Relaxed);
            assert!(stays);
        });
    }
}
