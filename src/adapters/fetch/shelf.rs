//! Where a toolchain is kept in the cache folder.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "toolchains are kept on the disk"
)]

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::fetch_error::FetchError;
use super::manifest::Manifest;
use super::sealed_tree;
use crate::adapters::cache_files::{self, LockError};
use crate::model::{Cancellation, GoVersion, Platform, Timestamp};
use crate::ports::Removal;
use crate::toolchain::{H1, Toolchain, ToolchainModule, ToolchainOrigin};

/// Where all releases are, from the cache folder.
pub const FOLDER: &str = "toolchains";

/// The place of one release: a folder with its manifest, written last, and its GOROOT.
///
/// One process at a time fills it, below a name of its own; a rename makes it visible.
pub(super) struct Shelf {
    folder: PathBuf,
    name: String,
    version: GoVersion,
    module: ToolchainModule,
}

/// The right to fill a shelf, or to clear it; it ends with the process at the latest.
pub(super) struct ShelfLock {
    _file: File,
}

/// Keeps others from clearing the shelf; it ends with the process at the latest.
pub(super) struct ShelfHold {
    _folder: File,
}

impl Shelf {
    /// Names the place of a release below the cache folder.
    pub(super) fn new(cache: &Path, version: &GoVersion, platform: &Platform) -> Self {
        Self {
            folder: cache.join(FOLDER),
            name: format!("{version}-{}-{}", platform.os(), platform.arch()),
            version: version.clone(),
            module: ToolchainModule::new(version, platform),
        }
    }

    /// Returns the shelves of all releases for `platform`, by version.
    pub(super) fn all(cache: &Path, platform: &Platform) -> io::Result<Vec<Self>> {
        let contents = cache_files::contents(&cache.join(FOLDER))?;
        let names = contents.iter().map(|(entry, _)| entry.file_name());
        let mut shelves: Vec<Self> = names
            .filter_map(|name| Self::named(cache, name.to_str()?))
            .filter(|shelf| shelf.name == Self::new(cache, &shelf.version, platform).name)
            .collect();
        shelves.sort_by(|one, other| one.version.cmp(&other.version));
        Ok(shelves)
    }

    /// Returns the shelf whose folder has this name, if one has.
    pub(super) fn named(cache: &Path, name: &str) -> Option<Self> {
        let (rest, arch) = name.rsplit_once('-')?;
        let (version, os) = rest.rsplit_once('-')?;
        let platform = format!("{os}/{arch}").parse().ok()?;
        let shelf = Self::new(cache, &version.parse().ok()?, &platform);
        (shelf.name == name).then_some(shelf)
    }

    /// Returns the release.
    pub(super) fn version(&self) -> &GoVersion {
        &self.version
    }

    /// Returns the release as a module.
    pub(super) fn module(&self) -> &ToolchainModule {
        &self.module
    }

    /// Returns the toolchain that is said to be there, without a look at its files.
    pub(super) fn noted(&self) -> Option<Toolchain> {
        self.h1().map(|h1| self.toolchain(h1))
    }

    /// Returns the toolchain where it is complete and nobody touched it.
    pub(super) fn find(&self) -> Option<Toolchain> {
        let manifest = self.manifest()?;
        let glance = sealed_tree::glance(&self.root()).ok()?;
        let h1 = manifest.h1.parse().ok()?;
        (glance == manifest.glance).then(|| self.toolchain(h1))
    }

    /// Returns the toolchain where its files, read anew, are what was verified once: somebody may
    /// have copied the cache folder. To be called under the lock.
    pub(super) fn find_touched(&self) -> Option<Toolchain> {
        let h1 = self.h1()?;
        let found = sealed_tree::hash(&self.root(), &self.module).ok()?;
        if found != h1 {
            return None;
        }
        // A cache that cannot be written is read anew each time.
        let _ = Manifest::write(&self.place(), h1);
        Some(self.toolchain(h1))
    }

    /// Keeps others from clearing the shelf; `None` where there is nothing on it, or somebody clears it
    /// now.
    pub(super) fn hold(&self) -> Option<ShelfHold> {
        let folder = File::open(self.place()).ok()?;
        if let Err(TryLockError::WouldBlock) = folder.try_lock_shared() {
            return None;
        }
        // Another may have cleared the shelf, and filled it anew, since the folder was opened.
        let is_there = is_same(&folder, &self.place()).unwrap_or_default();
        is_there.then_some(ShelfHold { _folder: folder })
    }

    /// Notes that the toolchain is used.
    pub(super) fn note_use(&self) {
        if let Ok(manifest) = File::open(Manifest::path(&self.place())) {
            cache_files::note_use(&manifest);
        }
    }

    /// Clears the shelf, unless a process holds it, or fills it.
    pub(super) fn clear(&self) -> io::Result<Removal> {
        let Some(_lock) = self.try_lock()? else {
            return Ok(Removal::InUse);
        };
        let folder = File::open(self.place())?;
        // Whom locks do not tell of may well be there.
        if folder.try_lock().is_err() {
            return Ok(Removal::InUse);
        }
        // Under this name it is nobody's, and what is left of it when we are killed is removed.
        sealed_tree::remove(&self.part())?;
        fs::rename(self.place(), self.part())?;
        sealed_tree::remove(&self.part())?;
        Ok(Removal::Removed)
    }

    /// Removes what was left of filling it or clearing it, unless a process does so now.
    pub(super) fn clear_part(&self) -> io::Result<Removal> {
        let Some(lock) = self.try_lock()? else {
            return Ok(Removal::InUse);
        };
        self.remove_zip(&lock)?;
        sealed_tree::remove(&self.part()).map(|()| Removal::Removed)
    }

    /// Reads all files anew, and says what they are not.
    pub(super) fn check(&self) -> io::Result<Option<&'static str>> {
        let Some(h1) = self.h1() else {
            return Ok(Some("it says of no hash that it has"));
        };
        match sealed_tree::hash(&self.root(), &self.module) {
            Ok(found) if found == h1 => Ok(None),
            Ok(_) => Ok(Some("its files have another hash than they had")),
            Err(error) if is_wrong_form(&error) => Ok(Some("a file in it is not as it was")),
            Err(error) => Err(error),
        }
    }

    /// Returns what all of it takes on the disk, and when it was used last.
    pub(super) fn size_and_use(&self) -> io::Result<(u64, Timestamp)> {
        let place = self.place();
        let metadata = fs::symlink_metadata(Manifest::path(&place));
        let metadata = metadata.or_else(|_| fs::symlink_metadata(&place))?;
        let noted = self.manifest().and_then(|manifest| manifest.size_bytes);
        let size_bytes = noted.unwrap_or_else(|| cache_files::size_of_all(&place));
        Ok((size_bytes, cache_files::last_use(&metadata)))
    }

    /// Waits until no other process fills this shelf; `wait` is called once when there is one.
    pub(super) fn lock(
        &self,
        cancellation: &Cancellation,
        wait: impl FnOnce(),
    ) -> Result<ShelfLock, FetchError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        match cache_files::lock(&self.lock_path(), cancellation, wait) {
            Ok(file) => Ok(ShelfLock { _file: file }),
            Err(LockError::Stopped(reason)) => Err(FetchError::Stopped(reason)),
            Err(LockError::Disk(error)) => Err(error.into()),
        }
    }

    fn try_lock(&self) -> io::Result<Option<ShelfLock>> {
        let file = cache_files::lock_file(&self.lock_path())?;
        let lock = file.try_lock();
        Ok(lock.is_ok().then_some(ShelfLock { _file: file }))
    }

    fn lock_path(&self) -> PathBuf {
        self.folder.join(format!(".{}.lock", self.name))
    }

    /// Returns the file that the zip comes into, with what an earlier run left in it.
    pub(super) fn zip_file(&self, _lock: &ShelfLock) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        options.mode(0o600).open(self.zip())
    }

    /// Removes the zip.
    pub(super) fn remove_zip(&self, _lock: &ShelfLock) -> io::Result<()> {
        match fs::remove_file(self.zip()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Fills the shelf: `unpack` is given an empty GOROOT, and what it made is kept when its hash is
    /// `expected`.
    pub(super) fn fill(
        &self,
        _lock: &ShelfLock,
        expected: H1,
        unpack: impl FnOnce(&Path) -> Result<H1, FetchError>,
    ) -> Result<Toolchain, FetchError> {
        let part = self.part();
        // What a killed process left.
        sealed_tree::remove(&part)?;
        let root = part.join("go");
        fs::create_dir_all(&root)?;
        let filled = unpack(&root).and_then(|found| {
            if found != expected {
                return Err(FetchError::Mismatch { found, expected });
            }
            sealed_tree::seal(&part)?;
            Manifest::write(&part, expected)?;
            cache_files::sync_all(&part)?;
            sealed_tree::remove(&self.place())?;
            fs::rename(&part, self.place())?;
            Ok(self.toolchain(expected))
        });
        if filled.is_err() {
            // Whatever is left is removed before the next attempt.
            let _ = sealed_tree::remove(&part);
        }
        filled
    }

    fn manifest(&self) -> Option<Manifest> {
        Manifest::read(&self.place())
    }

    /// Returns the hash that is said to be that of the toolchain.
    fn h1(&self) -> Option<H1> {
        self.manifest()?.h1.parse().ok()
    }

    fn toolchain(&self, h1: H1) -> Toolchain {
        Toolchain {
            version: self.version.clone(),
            root: self.root(),
            origin: ToolchainOrigin::Fetched { h1 },
        }
    }

    fn place(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    fn part(&self) -> PathBuf {
        self.folder.join(format!(".{}.part", self.name))
    }

    fn zip(&self) -> PathBuf {
        self.folder.join(format!(".{}.zip", self.name))
    }

    fn root(&self) -> PathBuf {
        self.place().join("go")
    }
}

/// Tells whether `path` leads to what is open as `file`.
fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    let (open, there) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

/// What is no plain file, is missing or cannot be run was not so when the shelf was filled.
fn is_wrong_form(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;
    use crate::model::Digest;
    use crate::model::StopReason;
    use crate::toolchain::DirHash;

    const FILES: [(&str, &str); 3] = [
        ("bin/go", "#!/bin/sh"),
        ("src/_go.mod", "module std"),
        ("src/fmt/print.go", "package fmt"),
    ];

    fn shelf(cache: &TempDir) -> Shelf {
        let (version, platform) = ("1.26.8".parse().unwrap(), "linux/amd64".parse().unwrap());
        Shelf::new(cache.path(), &version, &platform)
    }

    /// What `unpack` does, in small.
    fn unpack(module: &ToolchainModule, root: &Path) -> H1 {
        let mut hash = DirHash::default();
        for (path, content) in FILES {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), content).unwrap();
            hash.add(format!("{module}/{path}"), Digest::of(content.as_bytes()));
        }
        fs::write(root.join("src/go.mod"), "module std").unwrap();
        fs::set_permissions(root.join("bin/go"), fs::Permissions::from_mode(0o555)).unwrap();
        hash.finish()
    }

    fn expected(shelf: &Shelf) -> H1 {
        unpack(shelf.module(), TempDir::new().unwrap().path())
    }

    fn filled(cache: &TempDir) -> Shelf {
        let shelf = shelf(cache);
        let lock = shelf.lock(&Cancellation::default(), || ()).unwrap();
        let module = shelf.module().clone();
        shelf
            .fill(&lock, expected(&shelf), |root| Ok(unpack(&module, root)))
            .unwrap();
        shelf
    }

    fn change(shelf: &Shelf, path: &str, content: &str) {
        let path = shelf.root().join(path);
        let folder = path.parent().unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        let _ = fs::remove_file(&path);
        fs::write(path, content).unwrap();
    }

    #[test]
    fn a_toolchain_is_found_once_it_is_complete_and_cannot_be_written() {
        let cache = TempDir::new().unwrap();
        assert!(shelf(&cache).find().is_none());
        let shelf = filled(&cache);
        let toolchain = shelf.find().unwrap();
        assert_eq!(toolchain.root, shelf.root());
        let mode = |path: &str| {
            fs::metadata(shelf.root().join(path))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("src/fmt") & 0o222, 0);
        sealed_tree::remove(&shelf.place()).unwrap();
        assert!(shelf.find().is_none() && !shelf.place().exists());
    }

    #[test]
    fn one_that_was_only_touched_is_read_anew_and_one_that_was_changed_is_not_used() {
        let cache = TempDir::new().unwrap();
        let shelf = filled(&cache);
        change(&shelf, "src/fmt/print.go", "package fmt");
        assert!(shelf.find().is_none());
        assert!(shelf.find_touched().is_some());
        assert!(shelf.find().is_some(), "it is known again");
        for (path, content) in [
            ("src/fmt/print.go", "package fnt"),
            ("src/fmt/more.go", "package fmt"),
            ("src/go.mod", "module evil"),
            ("bin/go", "#!/bin/sh"),
        ] {
            let cache = TempDir::new().unwrap();
            let shelf = filled(&cache);
            change(&shelf, path, content);
            assert!(
                shelf.find().or_else(|| shelf.find_touched()).is_none(),
                "{path}"
            );
        }
    }

    #[test]
    fn what_has_another_hash_leaves_nothing() {
        let cache = TempDir::new().unwrap();
        let shelf = shelf(&cache);
        let lock = shelf.lock(&Cancellation::default(), || ()).unwrap();
        let other = DirHash::default().finish();
        let module = shelf.module().clone();
        let error = shelf
            .fill(&lock, other, |root| Ok(unpack(&module, root)))
            .unwrap_err();
        assert!(matches!(error, FetchError::Mismatch { .. }));
        let names: Vec<_> = fs::read_dir(&shelf.folder).unwrap().flatten().collect();
        assert_eq!(names.len(), 1, "the lock alone: {names:?}");
    }

    #[test]
    fn a_shelf_is_cleared_unless_somebody_holds_or_fills_it() {
        let cache = TempDir::new().unwrap();
        let shelf = filled(&cache);
        let (hold, other) = (shelf.hold().unwrap(), shelf.hold().unwrap());
        assert_eq!(shelf.clear().unwrap(), Removal::InUse);
        drop((hold, other));
        let lock = shelf.lock(&Cancellation::default(), || ()).unwrap();
        assert_eq!(shelf.clear().unwrap(), Removal::InUse);
        drop(lock);
        assert!(shelf.find().is_some());
        assert_eq!(shelf.clear().unwrap(), Removal::Removed);
        assert!(shelf.hold().is_none() && shelf.find().is_none());
        assert!(!shelf.place().exists() && !shelf.part().exists());
    }

    #[test]
    fn a_shelf_is_known_by_the_name_of_its_folder() {
        let cache = Path::new("/cache");
        let shelf = Shelf::named(cache, "1.26.8-linux-amd64").unwrap();
        assert_eq!(shelf.place(), cache.join("toolchains/1.26.8-linux-amd64"));
        for other in [
            "1.26.8",
            "1.26.8-linux",
            "x-linux-amd64",
            "go1.26.8-linux-amd64",
            "a-b-c-d",
        ] {
            assert!(Shelf::named(cache, other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_second_process_waits_until_it_is_told_to_stop() {
        let cache = TempDir::new().unwrap();
        let shelf = shelf(&cache);
        let cancellation = Cancellation::default();
        let _lock = shelf.lock(&cancellation, || ()).unwrap();
        let second = shelf.lock(&cancellation, || cancellation.stop(StopReason::Interrupted));
        assert!(matches!(
            second,
            Err(FetchError::Stopped(StopReason::Interrupted))
        ));
    }
}
