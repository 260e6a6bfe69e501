//! The folder that outlives the run.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::temp_file::{self, Readers};
use crate::model::{BuildError, Digest, ExitCode, Host, Phase};

/// Where blobs, toolchains and answers are kept from run to run. Several processes may use it at
/// once, and it may be deleted at any time.
#[derive(Debug, Clone)]
pub struct CacheFolder(PathBuf);

#[derive(Debug, thiserror::Error)]
#[error("cannot write to the cache folder {path}", path = .path.display())]
struct CacheError {
    path: PathBuf,
    source: io::Error,
}

impl CacheFolder {
    /// Finds the folder that the environment names, makes it where it is missing, and removes what
    /// killed processes left in it.
    ///
    /// # Errors
    /// When no variable tells where it is, or it cannot be written.
    pub fn open(host: &Host) -> Result<Self, BuildError> {
        let cache = Self::at(location(host).ok_or_else(no_location)?);
        temp_file::sweep(&cache.temp_folder());
        // To write is the only proof that one can.
        cache.temp_file().map_err(cannot_write)?;
        Ok(cache)
    }

    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns where the blob of `digest` is, or would be.
    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.to_hex())
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
        temp_file::private_folder(&self.blobs())
            .and_then(|()| temp_file::keep(file, &self.blob(digest)))
            .map_err(|error| self.blame(error))
    }

    /// Returns where the memo of `key` is, or would be.
    pub(super) fn memo(&self, key: &Digest) -> PathBuf {
        self.0.join("memos").join(key.to_hex())
    }

    /// Returns the folder of the keys that images were last made with.
    pub(super) fn latest(&self) -> PathBuf {
        self.0.join("latest")
    }

    /// Puts a small file at `path`, whole or not at all.
    pub(super) fn keep(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.temp_file()?;
        file.write_all(bytes)
            .and_then(|()| temp_file::private_folder(temp_file::folder_of(path)))
            .and_then(|()| temp_file::keep(file, path))
            .map(drop)
            .map_err(|error| self.blame(error))
    }

    fn blobs(&self) -> PathBuf {
        self.0.join("blobs/sha256")
    }

    /// Says where it happened: the user may not know of the folder.
    fn blame(&self, source: io::Error) -> io::Error {
        let path = self.0.clone();
        io::Error::new(source.kind(), CacheError { path, source })
    }

    fn temp_folder(&self) -> PathBuf {
        self.0.join("tmp")
    }
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
    BuildError::new(Phase::Config, "", "there is no place for what is built")
        .because(error)
        .exit(ExitCode::CannotWrite)
        .hint("name another folder: CORACLE_CACHE=/var/tmp/coracle")
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
