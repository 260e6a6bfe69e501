//! Bundles in the cache folder: `bundles/HEX`, named by the digest of the manifest, which names all that
//! is in one. A folder comes about under another name and is renamed when it is whole.

#![expect(
    clippy::disallowed_methods,
    reason = "what is in bundles is unpacked into files"
)]

use std::fs::{self, DirBuilder, File, Metadata, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::CacheFolder;
use super::bundle_file::{BundleError, OpenBundle};
use super::cache::BUNDLES;
use crate::adapters::cache_files;
use crate::adapters::held_folder::HeldFolder;
use crate::attest::{SealError, TrustedSigners, open_bundle_seal};
use crate::bundle::{
    EntryName, LAYOUT, MANIFEST, MAX_MANIFEST_BYTES, MAX_SUMS_BYTES, Manifest, PROXY, SUMS,
};
use crate::model::{
    BuildError, CacheEntry, CacheKind, Cancellation, Digest, Digester, Phase, Work, limits,
};
use crate::ports::{CacheShelf, EventSink, Health, Progress, Removal};
use crate::toolchain::GoSum;

/// What follows the name of a bundle in the name of its signature, a Sigstore bundle of its own.
const SEAL_SUFFIX: &str = ".sigstore.json";

/// A bundle that can be used. Nobody removes it before this is dropped.
#[derive(Debug)]
pub struct UnpackedBundle {
    /// What it is for, and what is in it.
    pub manifest: Manifest,
    folder: PathBuf,
    _hold: Hold,
}

/// What keeps others from removing a bundle.
#[derive(Debug)]
enum Hold {
    /// A lock on its folder.
    Place { _lock: File },
    /// Its folder is this run's alone.
    Own { _folder: HeldFolder },
}

impl UnpackedBundle {
    /// Returns the folder that is laid out as a Go module proxy is.
    pub fn proxy(&self) -> PathBuf {
        self.folder.join(PROXY)
    }

    /// Returns the OCI layout.
    pub fn layout(&self) -> PathBuf {
        self.folder.join(LAYOUT)
    }

    /// Returns the sums of the source that it was made for; without any, nothing was known.
    pub fn sums(&self) -> GoSum {
        let mut text = Vec::new();
        // What cannot be read is told of where a module is missing.
        let _ = File::open(self.folder.join(SUMS))
            .and_then(|file| file.take(MAX_SUMS_BYTES).read_to_end(&mut text));
        GoSum::parse(&String::from_utf8_lossy(&text))
    }
}

/// Returns where the signature of the bundle at `path` is, or would be.
pub fn seal_path(path: &Path) -> PathBuf {
    let mut seal = path.as_os_str().to_owned();
    seal.push(SEAL_SUFFIX);
    PathBuf::from(seal)
}

/// Opens the bundle at `path`, and unpacks it into `cache`, unless it was unpacked before. Where
/// somebody is `trusted`, they must have signed it: that is looked at first.
///
/// # Errors
/// When it is none, is damaged, is of a later form, is not signed as it should be, or the cache folder takes no more.
pub fn open_bundle(
    path: &Path,
    cache: &CacheFolder,
    trusted: Option<&TrustedSigners>,
    events: &dyn EventSink,
    cancellation: &Cancellation,
) -> Result<UnpackedBundle, BuildError> {
    let opened = OpenBundle::read(path).and_then(|bundle| {
        if let Some(trusted) = trusted {
            check_seal(trusted, path, bundle.digest)?;
        }
        let known = [cache.path(), cache.workplace()]
            .into_iter()
            .find_map(|cache| Place::of(cache, &bundle.digest).find(&bundle.manifest));
        match known {
            Some(known) => Ok(known),
            None => unpack(bundle, cache.workplace(), events, cancellation),
        }
    });
    opened.map_err(|error| error.into_build_error(path))
}

fn check_seal(trusted: &TrustedSigners, path: &Path, manifest: Digest) -> Result<(), SealError> {
    let seal = open_bundle_seal(read_seal(path).as_deref(), manifest)?;
    trusted.check(&seal)?;
    Ok(())
}

/// What cannot be read is no signature.
fn read_seal(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(seal_path(path)).ok()?;
    file.take(limits::SMALL_ATTESTATION_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

fn unpack(
    mut bundle: OpenBundle,
    cache: &Path,
    events: &dyn EventSink,
    cancellation: &Cancellation,
) -> Result<UnpackedBundle, BundleError> {
    let place = Place::of(cache, &bundle.digest);
    let sizes = bundle.manifest.files.values().map(|it| it.size_bytes);
    let total_bytes = sizes.fold(0, u64::saturating_add);
    let work = Work::new(Phase::Bundle, "unpack");
    let progress = Progress::start(events, work, Some(total_bytes));
    let held = HeldFolder::make(cache).map_err(BundleError::Disk)?;
    let part = held.path().join("bundle");
    fs::create_dir(&part).map_err(BundleError::Disk)?;
    bundle.unpack(&part, cancellation, &|bytes| progress.advance(bytes))?;
    fs::write(part.join(MANIFEST), &bundle.bytes).map_err(BundleError::Disk)?;
    // Locked before it is in its place, so that nobody takes it for one that was left.
    let lock = lock_shared(&part).map_err(BundleError::Disk)?;
    if let Some(known) = place.find(&bundle.manifest) {
        return Ok(known);
    }
    let filled = place.fill(&part).map_err(BundleError::Disk)?;
    let manifest = bundle.manifest;
    if filled == Filled::WithThis {
        return Ok(UnpackedBundle {
            manifest,
            folder: place.0,
            _hold: Hold::Place { _lock: lock },
        });
    }
    // Where they remove it, or use it while it is harmed, what was unpacked will do for this run.
    Ok(place.find(&manifest).unwrap_or(UnpackedBundle {
        manifest,
        folder: part,
        _hold: Hold::Own { _folder: held },
    }))
}

/// Who has put a bundle in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// This run.
    WithThis,
    /// Another process, which was first, or holds what is there.
    ByOthers,
}

/// Locks a folder together with others who use it; on a file system without locks nothing is removed.
fn lock_shared(folder: &Path) -> io::Result<File> {
    let folder = File::open(folder)?;
    let _ = folder.try_lock_shared();
    Ok(folder)
}

/// Where one bundle is, or would be.
struct Place(PathBuf);

impl Place {
    fn of(cache: &Path, digest: &Digest) -> Self {
        Self(cache.join(BUNDLES).join(digest.to_hex()))
    }

    /// Returns the bundle where all of its files are there, as long as they should be. What they hold is
    /// proven by whoever takes it: nothing of a bundle is believed.
    fn find(&self, manifest: &Manifest) -> Option<UnpackedBundle> {
        let hold = self.hold()?;
        let is_whole = manifest.files.iter().all(|(name, recorded)| {
            let metadata = fs::symlink_metadata(self.0.join(name.as_str()));
            metadata.is_ok_and(|it| it.is_file() && it.len() == recorded.size_bytes)
        });
        if !is_whole {
            return None;
        }
        if let Ok(manifest) = File::open(self.0.join(MANIFEST)) {
            cache_files::note_use(&manifest);
        }
        Some(UnpackedBundle {
            manifest: manifest.clone(),
            folder: self.0.clone(),
            _hold: Hold::Place { _lock: hold },
        })
    }

    /// Keeps others from removing it.
    fn hold(&self) -> Option<File> {
        let folder = File::open(&self.0).ok()?;
        match folder.try_lock_shared() {
            Err(TryLockError::WouldBlock) => None,
            _ => Some(folder),
        }
    }

    /// Puts what is at `part`, which is whole, in this place.
    fn fill(&self, part: &Path) -> io::Result<Filled> {
        cache_files::sync_all(part)?;
        let all = self.0.parent().unwrap_or(&self.0);
        DirBuilder::new().recursive(true).mode(0o700).create(all)?;
        // What is there is not whole.
        let _ = self.remove();
        match fs::rename(part, &self.0) {
            Err(error) if self.0.is_dir() => {
                tracing::debug!(%error, "another process was first");
                Ok(Filled::ByOthers)
            }
            renamed => renamed.map(|()| Filled::WithThis),
        }
    }

    fn remove(&self) -> io::Result<Removal> {
        let folder = File::open(&self.0)?;
        if folder.try_lock().is_err() {
            return Ok(Removal::InUse);
        }
        cache_files::remove_all(&self.0).map(|()| Removal::Removed)
    }

    /// Reads all of it anew, and says what it is not.
    fn check(&self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let manifest = File::open(self.0.join(MANIFEST))?;
        manifest.take(MAX_MANIFEST_BYTES).read_to_end(&mut bytes)?;
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        if Digest::of(&bytes).to_hex() != name {
            return Ok(Some(
                "its manifest has another digest than it had".to_owned(),
            ));
        }
        let manifest = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(Some(error.to_string())),
        };
        for (name, recorded) in &manifest.files {
            let checked = recorded.check(name, self.digest_of(name)?);
            if let Err(error) = checked {
                return Ok(Some(error.to_string()));
            }
        }
        Ok(None)
    }

    fn digest_of(&self, name: &EntryName) -> io::Result<Digest> {
        let mut digester = Digester::default();
        io::copy(&mut File::open(self.0.join(name.as_str()))?, &mut digester)?;
        Ok(digester.finish())
    }
}

/// Looks after what bundles have in them.
pub struct BundleShelf {
    cache: PathBuf,
}

impl BundleShelf {
    /// Looks after those in the folder `cache`.
    pub fn new(cache: PathBuf) -> Self {
        Self { cache }
    }

    fn place(&self, entry: &CacheEntry) -> Place {
        Place(self.cache.join(&entry.path))
    }

    fn list(&self, kind: CacheKind) -> io::Result<Vec<CacheEntry>> {
        let contents = cache_files::contents(&self.cache.join(BUNDLES))?;
        let entries = contents.into_iter().filter_map(|(entry, metadata)| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let own = kind_of(&name, &metadata);
            let used = fs::symlink_metadata(entry.path().join(MANIFEST)).unwrap_or(metadata);
            (own == kind).then(|| CacheEntry {
                kind,
                path: Path::new(BUNDLES).join(&name),
                name,
                size_bytes: cache_files::size_of_all(&entry.path()),
                used: cache_files::last_use(&used),
            })
        });
        Ok(entries.collect())
    }
}

fn kind_of(name: &str, metadata: &Metadata) -> CacheKind {
    if metadata.is_dir() && format!("sha256:{name}").parse::<Digest>().is_ok() {
        CacheKind::Bundles
    } else {
        CacheKind::Other
    }
}

impl CacheShelf for BundleShelf {
    fn kept(&self) -> io::Result<Vec<CacheEntry>> {
        self.list(CacheKind::Bundles)
    }

    fn others(&self) -> io::Result<Vec<CacheEntry>> {
        self.list(CacheKind::Other)
    }

    /// What is being unpacked is among the folders of builds.
    fn sweep(&self) {}

    fn check(&self, entry: &CacheEntry) -> io::Result<Health> {
        let place = self.place(entry);
        // Where it cannot be held, somebody removes it.
        let Some(_hold) = place.hold() else {
            return Ok(Health::Sound);
        };
        match place.check() {
            Ok(None) => Ok(Health::Sound),
            Ok(Some(harm)) => Ok(Health::Harmed(harm)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Health::Harmed("a file in it is missing".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    fn remove(&self, entry: &CacheEntry) -> io::Result<Removal> {
        if entry.kind != CacheKind::Bundles {
            return Ok(Removal::InUse);
        }
        cache_files::unless_gone(self.place(entry).remove())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::thread;

    use tempfile::TempDir;

    use super::*;
    use crate::adapters::disk::DiskBundleSink;
    use crate::bundle::{BundleFile, Recorded};
    use crate::model::{Event, Platform};
    use crate::ports::BundleSink as _;

    struct Silence;

    impl EventSink for Silence {
        fn emit(&self, _: Event) {}
    }

    const NAME: &str = "proxy/example.com/m/@v/v1.0.0.mod";
    const TEXT: &str = "module m\n";

    /// A bundle that was never used here.
    struct World(TempDir);

    impl World {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let file = BundleFile::of_bytes(NAME, TEXT).unwrap();
            let recorded = Recorded {
                size_bytes: file.size_bytes,
                digest: Digest::of(TEXT.as_bytes()),
            };
            let manifest = Manifest {
                coracle: "0.1.0".to_owned(),
                go: "1.26.8".parse().unwrap(),
                hosts: vec![Platform::linux_amd64()],
                platforms: vec![Platform::linux_amd64()],
                bases: Vec::new(),
                files: BTreeMap::from([(file.name.clone(), recorded)]),
            };
            let sink = DiskBundleSink::new(&Silence, Cancellation::default());
            let path = folder.path().join("bundle");
            sink.write(&path, &manifest, &[file]).unwrap();
            Self(folder)
        }

        fn open(&self) -> UnpackedBundle {
            let cache = CacheFolder::at(self.0.path().join("cache"));
            let cancellation = Cancellation::default();
            let path = self.0.path().join("bundle");
            open_bundle(&path, &cache, None, &Silence, &cancellation).unwrap()
        }

        fn place(&self) -> Place {
            let bundle = OpenBundle::read(&self.0.path().join("bundle")).unwrap();
            Place::of(&self.0.path().join("cache"), &bundle.digest)
        }
    }

    fn text(bundle: &UnpackedBundle) -> String {
        fs::read_to_string(bundle.proxy().join("example.com/m/@v/v1.0.0.mod")).unwrap()
    }

    #[test]
    fn two_who_use_a_bundle_first_both_have_it() {
        for _ in 0..50 {
            let world = World::new();
            let texts: Vec<String> = thread::scope(|scope| {
                let users: Vec<_> = (0..4)
                    .map(|_| scope.spawn(|| text(&world.open())))
                    .collect();
                users.into_iter().map(|user| user.join().unwrap()).collect()
            });
            assert_eq!(texts, [TEXT; 4]);
        }
    }

    #[test]
    fn what_somebody_else_holds_and_is_not_whole_is_left_alone_and_the_run_has_its_own() {
        let world = World::new();
        let place = world.place();
        fs::create_dir_all(place.0.join("proxy")).unwrap();
        let others = File::open(&place.0).unwrap();
        others.lock().unwrap();
        let bundle = world.open();
        assert_eq!(text(&bundle), TEXT);
        assert!(!bundle.proxy().starts_with(&place.0));
        let own = bundle.proxy();
        drop(bundle);
        assert!(!own.exists() && place.0.exists());
        drop(others);
        assert_eq!(world.open().proxy(), place.0.join(PROXY));
    }

    #[test]
    fn nobody_removes_a_bundle_that_was_just_unpacked() {
        let world = World::new();
        let bundle = world.open();
        let place = world.place();
        assert_eq!(place.remove().unwrap(), Removal::InUse);
        drop(bundle);
        assert_eq!(place.remove().unwrap(), Removal::Removed);
    }
}
