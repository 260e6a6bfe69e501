//! The scanner itself: where it is kept, and how it comes there.

#![expect(
    clippy::disallowed_methods,
    reason = "the scanner is a file in the cache folder"
)]

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Seek as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::scan_error::ScanError;
use crate::adapters::cache_files;
use crate::compile::{BuildInfo, Scanner};
use crate::model::{Cancellation, GoVersion, Platform};
use crate::ports::Removal;

/// Where the programs are, from the cache folder.
pub(super) const FOLDER: &str = "tools";
const PREFIX: &str = "govulncheck-v";

/// The place of the scanner that one Go builds: a file, which a rename makes visible.
pub(super) struct Place {
    folder: PathBuf,
    name: String,
    go: GoVersion,
}

/// A scanner that nobody removes while this lives.
pub(super) struct Program {
    pub(super) path: PathBuf,
    _hold: File,
}

/// What a name in the folder stands for.
pub(super) enum Kind {
    /// A scanner, of this version or another.
    Scanner,
    /// What processes lock; it takes no room and is never removed, as somebody may wait for it.
    Lock,
    /// Nothing of ours.
    Unknown,
}

impl Place {
    /// Names the place below the cache folder.
    pub(super) fn new(cache: &Path, go: &GoVersion, platform: &Platform) -> Self {
        let scanner = Scanner::name();
        Self {
            folder: cache.join(FOLDER),
            name: format!("{scanner}-go{go}-{}-{}", platform.os(), platform.arch()),
            go: go.clone(),
        }
    }

    /// Returns the scanner where it is there, and is the one that is meant.
    pub(super) fn find(&self) -> Option<Program> {
        let path = self.path();
        let mut file = File::open(&path).ok()?;
        // Somebody who removes it has it alone. Where nothing can be locked, nothing is removed.
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock_shared() {
            return None;
        }
        let info = BuildInfo::read(&file).ok()?;
        Scanner::check(info.as_ref(), &self.go).ok()?;
        file.rewind().ok()?;
        cache_files::note_use(&file);
        Some(Program { path, _hold: file })
    }

    /// Waits until no other process builds it; `wait` is called once when one does.
    pub(super) fn lock(
        &self,
        cancellation: &Cancellation,
        wait: impl FnOnce(),
    ) -> Result<File, ScanError> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join(format!(".{}.lock", self.name));
        Ok(cache_files::lock(&path, cancellation, wait)?)
    }

    /// Takes in the program at `built`, if it is the one that is meant. To be called under the lock.
    pub(super) fn take_in(&self, built: &Path) -> Result<(), ScanError> {
        let info = BuildInfo::read(File::open(built)?)?;
        Scanner::check(info.as_ref(), &self.go)?;
        fs::set_permissions(built, Permissions::from_mode(0o500))?;
        Ok(fs::rename(built, self.path())?)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// Tells what a name in the folder stands for.
pub(super) fn kind_of(name: &str) -> Kind {
    let lock = name
        .strip_prefix('.')
        .and_then(|it| it.strip_suffix(".lock"));
    match lock {
        None if name.starts_with(PREFIX) => Kind::Scanner,
        Some(name) if name.starts_with(PREFIX) => Kind::Lock,
        _ => Kind::Unknown,
    }
}

/// Removes the scanner at `path`, unless a process uses it.
pub(super) fn remove(path: &Path) -> io::Result<Removal> {
    let file = File::open(path)?;
    if file.try_lock().is_err() {
        return Ok(Removal::InUse);
    }
    fs::remove_file(path).map(|()| Removal::Removed)
}
