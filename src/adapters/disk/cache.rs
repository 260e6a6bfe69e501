//! The folder that outlives the run.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the cache is a folder"
)]

use std::error::Error as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

use super::temp_file::{self, Readers};
use crate::adapters::cache_files;
use crate::model::{BuildError, Digest, Event, ExitCode, Host, Phase};
use crate::ports::EventSink;

/// Where blobs, toolchains and answers are kept from run to run. Several processes may use it at
/// once, and it may be deleted at any time.
#[derive(Debug, Clone)]
pub struct CacheFolder {
    path: PathBuf,
    /// Takes what a run makes where the folder itself takes nothing, and is gone with the run.
    stand_in: Option<Arc<StandIn>>,
    has_grown: Arc<AtomicBool>,
}

/// A folder that is gone when this is dropped, with the toolchains in it, which are read-only.
#[derive(Debug)]
struct StandIn(PathBuf);

impl Drop for StandIn {
    fn drop(&mut self) {
        // The system cleans up what is left where it was made.
        let _ = cache_files::remove_all(&self.0);
    }
}

/// The right to remove what is too much; it ends with the process at the latest.
pub struct TrimLock {
    _file: File,
}

/// Where blobs are, from the cache folder.
pub(super) const BLOBS: &str = "blobs/sha256";

/// Where bundles are unpacked.
pub(super) const BUNDLES: &str = "bundles";

/// Where files are that are not there yet.
pub(super) const TEMP: &str = "tmp";

/// Where memos are.
pub(super) const MEMOS: &str = "memos";

/// Where it is noted which memos are the latest.
pub(super) const LATEST: &str = "latest";

/// Where it is noted which repositories have a blob.
pub(super) const PLACES: &str = "places";

/// Where it is noted what was hung onto images.
pub(super) const ATTESTED: &str = "attested";

/// Where it is noted what checksum databases have signed.
pub(super) const HEADS: &str = "heads";

/// What runs came to.
pub(super) const HISTORY: &str = "history.jsonl";

/// What the process that writes there holds.
pub(super) const HISTORY_LOCK: &str = ".history.lock";

/// Where it is noted what bases consist of.
pub(super) const INVENTORIES: &str = "inventories";

/// Where it is noted which modules were compared with go.sum.
pub(super) const COMPARED: &str = "compared";

/// Where it is noted what has passed the rules.
pub(super) const VERDICTS: &str = "verdicts";

/// What the process that removes what is too much holds.
pub(super) const TRIM_LOCK: &str = ".trim.lock";

const OTHER_FOLDER: &str = "name another folder: CORACLE_CACHE=/var/tmp/coracle";

#[derive(Debug, thiserror::Error)]
#[error("cannot write to the cache folder {path}", path = .path.display())]
struct CacheError {
    path: PathBuf,
    source: io::Error,
}

impl CacheFolder {
    /// Finds the folder that the environment names, makes it where it is missing, and removes what
    /// killed processes left in it. One that may only be read is read, and what the run makes goes
    /// into a folder that is gone with it; `events` is told so.
    ///
    /// # Errors
    /// When no variable tells where it is, or neither takes a file.
    pub fn open(host: &Host, events: &dyn EventSink) -> Result<Self, BuildError> {
        let cache = Self::find(host)?;
        temp_file::sweep(&cache.temp_folder());
        match cache.try_to_write() {
            Ok(()) => Ok(cache),
            Err(error) if is_forbidden(&error) => cache.with_stand_in(host, error, events),
            Err(error) => Err(cannot_write(error)),
        }
    }

    /// Finds the folder that the environment names, and touches nothing.
    ///
    /// # Errors
    /// When no variable tells where it is.
    pub fn find(host: &Host) -> Result<Self, BuildError> {
        location(host).map(Self::at).ok_or_else(no_location)
    }

    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            stand_in: None,
            has_grown: Arc::default(),
        }
    }

    fn with_stand_in(
        mut self,
        host: &Host,
        error: io::Error,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let folder = host.environment.get_path("TMPDIR");
        let folder = folder.unwrap_or_else(|| PathBuf::from("/tmp"));
        let stand_in = tempfile::Builder::new()
            .prefix("coracle-")
            .tempdir_in(folder);
        let Ok(stand_in) = stand_in else {
            return Err(cannot_write(error));
        };
        self.stand_in = Some(Arc::new(StandIn(stand_in.keep())));
        let cause = error.source().map(|cause| format!(": {cause}"));
        events.emit(Event::Warned {
            phase: Phase::Config,
            message: format!(
                "{error}{}; what this run makes is not kept",
                cause.unwrap_or_default()
            ),
            hints: vec![OTHER_FOLDER.to_owned()],
        });
        Ok(self)
    }

    /// To write is the only proof that one can.
    fn try_to_write(&self) -> io::Result<()> {
        self.temp_file()?;
        temp_file::try_in(&self.blobs()).map_err(|error| self.blame(error))
    }

    /// Returns where it is: what earlier runs made is there.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns where what this run makes goes, for others to find or for itself alone.
    pub fn workplace(&self) -> &Path {
        match &self.stand_in {
            Some(folder) => &folder.0,
            None => &self.path,
        }
    }

    /// Tells whether this run has added to it.
    pub fn has_grown(&self) -> bool {
        self.has_grown.load(Ordering::Relaxed)
    }

    /// Tells whether no image was ever made with it.
    pub fn is_new(&self) -> bool {
        !self.latest().exists()
    }

    /// Returns the right to remove what is too much, unless another process has it.
    pub fn lock_to_trim(&self) -> Option<TrimLock> {
        let path = self.path.join(TRIM_LOCK);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => None,
            // On a file system without locks two may trim at once, and each finds some of it gone.
            Ok(()) | Err(TryLockError::Error(_)) => Some(TrimLock { _file: file }),
        }
    }

    /// Returns where the blob of `digest` is, or would be.
    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        self.path.join(BLOBS).join(digest.to_hex())
    }

    /// Creates a file that can become a blob.
    pub(super) fn temp_file(&self) -> io::Result<NamedTempFile> {
        let folder = self.temp_folder();
        temp_file::private_folder(&folder)
            .and_then(|()| temp_file::create(&folder, Readers::Owner))
            .map_err(|error| self.blame(error))
    }

    /// Puts a finished file where the blob of `digest` is.
    pub(super) fn keep_blob(&self, file: NamedTempFile, digest: &Digest) -> io::Result<File> {
        let path = self.blobs().join(digest.to_hex());
        let is_new = self.stand_in.is_none() && !path.exists();
        let kept = self.keep(file, &path)?;
        if is_new {
            self.has_grown.store(true, Ordering::Relaxed);
        }
        Ok(kept)
    }

    /// Puts a finished file at `path`, also where the folder was deleted while it was written: its
    /// bytes are there for as long as it is open.
    fn keep(&self, file: NamedTempFile, path: &Path) -> io::Result<File> {
        let mut bytes = file.as_file().try_clone()?;
        let put = |file| {
            temp_file::private_folder(temp_file::folder_of(path))
                .and_then(|()| temp_file::keep(file, path))
                .map_err(|error| self.blame(error))
        };
        match put(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut again = self.temp_file()?;
                bytes.rewind()?;
                io::copy(&mut bytes, &mut again)?;
                put(again)
            }
            result => result,
        }
    }

    /// Returns where the memo of `key` is, or would be.
    pub(super) fn memo(&self, key: &Digest) -> PathBuf {
        self.workplace().join(MEMOS).join(key.to_hex())
    }

    /// Returns where the places of the blob `digest` are, or would be.
    pub(super) fn place(&self, digest: &Digest) -> PathBuf {
        self.workplace().join(PLACES).join(digest.to_hex())
    }

    /// Returns where the record of `key` is, or would be.
    pub(super) fn attested(&self, key: &Digest) -> PathBuf {
        self.workplace().join(ATTESTED).join(key.to_hex())
    }

    /// Returns where it is noted that what `key` names has passed the rules.
    pub(super) fn verdict(&self, key: &Digest) -> PathBuf {
        self.workplace().join(VERDICTS).join(key.to_hex())
    }

    /// Returns where the inventory of the base that `key` names is, or would be.
    pub(super) fn inventory(&self, key: &Digest) -> PathBuf {
        self.workplace().join(INVENTORIES).join(key.to_hex())
    }

    /// Returns where it is noted that the module that `key` names was compared, as for
    /// [`CacheFolder::heads`].
    pub(super) fn compared(&self, key: &Digest) -> [PathBuf; 2] {
        [self.workplace(), self.path()].map(|folder| folder.join(COMPARED).join(key.to_hex()))
    }

    /// Returns where the note of the database that `key` names is, the newest first: what this run has
    /// written, and what earlier runs have.
    pub(super) fn heads(&self, key: &Digest) -> [PathBuf; 2] {
        [self.workplace(), self.path()].map(|folder| folder.join(HEADS).join(key.to_hex()))
    }

    /// Returns the folder of the keys that images were last made with.
    pub(super) fn latest(&self) -> PathBuf {
        self.workplace().join(LATEST)
    }

    /// Reads the small file at `path`, or where the folder cannot be written, what an earlier run left in its place.
    pub(super) fn read_small(&self, path: &Path, limit_bytes: u64) -> Option<Vec<u8>> {
        let earlier = path.strip_prefix(self.workplace()).ok();
        let earlier = earlier.map(|place| self.path().join(place));
        let earlier = earlier.filter(|earlier| earlier != path);
        Self::read_at(path, limit_bytes).or_else(|| Self::read_at(&earlier?, limit_bytes))
    }

    /// Reads a small file, of at most `limit_bytes`, and notes that it is used; nothing where there is none.
    pub(super) fn read_at(path: &Path, limit_bytes: u64) -> Option<Vec<u8>> {
        let file = File::open(path).ok()?;
        cache_files::note_use(&file);
        let mut bytes = Vec::new();
        file.take(limit_bytes).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Puts a small file at `path`, whole or not at all.
    pub(super) fn keep_small(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.temp_file()?;
        file.write_all(bytes).map_err(|error| self.blame(error))?;
        self.keep(file, path).map(drop)
    }

    fn blobs(&self) -> PathBuf {
        self.workplace().join(BLOBS)
    }

    /// Says where it happened: the user may not know of the folder.
    fn blame(&self, source: io::Error) -> io::Error {
        let path = self.workplace().to_owned();
        io::Error::new(source.kind(), CacheError { path, source })
    }

    fn temp_folder(&self) -> PathBuf {
        self.workplace().join(TEMP)
    }
}

/// A folder that is full, or no folder, is told of: the user means it to be written.
fn is_forbidden(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// `$CORACLE_CACHE`, else `coracle` in the user's cache folder. As the XDG specification has it, a
/// relative `$XDG_CACHE_HOME` is ignored.
fn location(host: &Host) -> Option<PathBuf> {
    let environment = &host.environment;
    let xdg = || {
        environment
            .get_path("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
    };
    let home = || Some(environment.home()?.join(".cache"));
    match environment.get_path("CORACLE_CACHE") {
        Some(path) => Some(host.cwd.join(path)),
        None => Some(host.cwd.join(xdg().or_else(home)?).join("coracle")),
    }
}

fn no_location() -> BuildError {
    let message = "there is no folder for the cache: none of CORACLE_CACHE, XDG_CACHE_HOME and \
                   HOME is set";
    BuildError::new(Phase::Config, "", message)
        .exit(ExitCode::Usage)
        .hint("name one: CORACLE_CACHE=/var/tmp/coracle")
}

fn cannot_write(error: io::Error) -> BuildError {
    let is_full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    );
    let told = BuildError::new(Phase::Config, "", "there is no place for what is built")
        .because(error)
        .exit(ExitCode::CannotWrite);
    let told = if is_full {
        told.hint("make room: coracle cache clean --older-than 7d")
    } else {
        told
    };
    told.hint(OTHER_FOLDER)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::num::NonZeroUsize;

    use super::*;
    use crate::model::{Environment, Terminal};

    #[test]
    fn the_environment_tells_where_the_cache_is() {
        for (variables, expected) in [
            (vec![("CORACLE_CACHE", "/c"), ("HOME", "/h")], Some("/c")),
            (vec![("CORACLE_CACHE", "c")], Some("/work/c")),
            (
                vec![("XDG_CACHE_HOME", "/x"), ("HOME", "/h")],
                Some("/x/coracle"),
            ),
            (
                vec![("XDG_CACHE_HOME", "x"), ("HOME", "/h")],
                Some("/h/.cache/coracle"),
            ),
            (vec![("CORACLE_CACHE", ""), ("HOME", "")], None),
        ] {
            let variables = variables
                .into_iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value)));
            let host = Host {
                environment: Environment::new(variables),
                cwd: "/work".into(),
                cores: NonZeroUsize::MIN,
                platform: "linux/amd64".parse().unwrap(),
                terminal: Terminal::Plain,
            };
            assert_eq!(location(&host), expected.map(PathBuf::from));
        }
    }
}
