//! The private folder of one build.

#![expect(
    clippy::disallowed_methods,
    reason = "binaries stay on the disk until they are in a layer"
)]

use std::fs::{self, DirBuilder, DirEntry, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::ports::Removal;

/// A folder for what the compiler makes. It is gone when this is dropped.
///
/// It is locked for as long as its process lives, so that one that can be locked was left behind.
#[derive(Debug)]
pub(super) struct Workshop {
    folder: TempDir,
    _lock: File,
}

const PREFIX: &str = "go-";

/// Where all of them are, from the cache folder.
pub(super) const FOLDER: &str = "builds";

impl Workshop {
    /// Makes the folder, below the cache folder.
    pub(super) fn open(cache: &Path) -> io::Result<Self> {
        let builds = builds(cache);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&builds)?;
        let workshop = loop {
            if let Some(workshop) = Self::lock(&builds)? {
                break workshop;
            }
        };
        for folder in [workshop.output(), workshop.scratch()] {
            fs::create_dir(&folder)?;
            // Without a group bit inherited from above, which would make the go command copy
            // programs where it else moves them: a program that is seen is whole.
            fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        }
        Ok(workshop)
    }

    /// Makes an empty folder; `None` where another process took it for one that was left, before
    /// it was locked.
    fn lock(builds: &Path) -> io::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(builds)?;
        let lock = match File::open(folder.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        // On a file system without locks nothing is ever swept.
        let is_taken = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
        Ok((!is_taken && folder.path().exists()).then_some(Self {
            folder,
            _lock: lock,
        }))
    }

    /// Tells whether it is still there: the cache folder may be deleted at any time.
    pub(super) fn is_there(&self) -> bool {
        self.output().is_dir() && self.scratch().is_dir()
    }

    /// Returns where programs go.
    pub(super) fn output(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Returns where the go command works.
    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.path().join("work")
    }
}

/// Removes the folders that processes left which are no more. What cannot be removed stays: it
/// harms nobody.
pub(super) fn sweep(cache: &Path) {
    let Ok(entries) = fs::read_dir(builds(cache)) else {
        return;
    };
    for entry in entries.flatten().filter(is_ours) {
        let _ = remove_left(&entry.path());
    }
}

/// Removes such a folder, unless its process lives.
pub(super) fn remove_left(path: &Path) -> io::Result<Removal> {
    // Held until the folder is gone, so that nobody begins to work in it meanwhile.
    let folder = File::open(path)?;
    if folder.try_lock().is_err() {
        return Ok(Removal::InUse);
    }
    fs::remove_dir_all(path).map(|()| Removal::Removed)
}

/// Tells whether this is the folder of a build.
pub(super) fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
    is_folder && name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

fn builds(cache: &Path) -> PathBuf {
    cache.join(FOLDER)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_folder_is_gone_with_its_build_and_one_that_was_left_with_the_next_run() {
        let cache = TempDir::new().unwrap();
        let workshop = Workshop::open(cache.path()).unwrap();
        let left = builds(cache.path()).join("go-left");
        fs::create_dir_all(left.join("out")).unwrap();
        sweep(cache.path());
        assert!(workshop.output().is_dir() && !left.exists());
        let output = workshop.output();
        drop(workshop);
        assert!(!output.exists());
    }

    #[test]
    fn a_folder_that_was_opened_is_never_swept() {
        let cache = TempDir::new().unwrap();
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    sweep(cache.path());
                }
            });
            let stays = (0..1000).all(|_| {
                Workshop::open(cache.path()).is_ok_and(|workshop| workshop.scratch().is_dir())
            });
            is_done.store(true, Ordering::Relaxed);
            assert!(stays);
        });
    }
}
