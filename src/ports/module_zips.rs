//! Modules as they were downloaded.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::model::Digest;
use crate::toolchain::DirHash;

/// Has the zips of modules. Nothing of Go's module cache is changed.
pub trait ModuleZips: Sync {
    /// Returns the zip of the module `path` at `version` in Go's module cache; `None` where it is not there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn cached(&self, path: &str, version: &str) -> Result<Option<Box<dyn ModuleZip>>, NoZip>;

    /// Fetches the zip of a module through the proxies that the user's settings name, where those may hear of
    /// the module.
    ///
    /// # Errors
    /// When none of them has it, or it cannot be read.
    fn fetch(&self, path: &str, version: &str) -> Result<Box<dyn ModuleZip>, NoZip>;

    /// Tells whether it was noted before that `key` was compared.
    fn is_noted(&self, key: &Digest) -> bool;

    /// Notes that `key` was compared: what cannot be noted is compared again.
    fn note(&self, key: &Digest);
}

/// The zip of a module.
pub trait ModuleZip {
    /// Returns where it came from.
    fn origin(&self) -> &ZipOrigin;

    /// Returns the digests of all of its files, by their names in it.
    fn contents(&self) -> &DirHash;

    /// Returns the first bytes of the file `name`, at most `limit_bytes`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn start_of(&self, name: &str, limit_bytes: u64) -> io::Result<Vec<u8>>;
}

/// Where a zip came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZipOrigin {
    /// From Go's module cache, where it is this file.
    ModuleCache(PathBuf),
    /// From a proxy, which is called so.
    Proxy(String),
}

/// Why there is no zip of a module.
#[derive(Debug, thiserror::Error)]
pub enum NoZip {
    /// Nobody has it, or may be asked for it.
    #[error("its zip is not in the module cache, and {0}")]
    Lacking(NotSent),
    /// It is no zip of a module.
    #[error("{reason}")]
    Damaged {
        /// Where it came from.
        origin: ZipOrigin,
        /// Why it is none.
        reason: String,
    },
    /// The disk does not give or take it.
    #[error("its zip cannot be read: {0}")]
    Disk(#[from] io::Error),
}

/// Has what Go module proxies have.
pub trait ZipServer: Sync {
    /// Writes the zip of the module `path` at `version` into the empty file `to`, and returns what the proxy is
    /// called that has sent it.
    ///
    /// # Errors
    /// When none of the proxies has it, or none may be asked.
    fn send(&self, path: &str, version: &str, to: &mut File) -> Result<String, NotSent>;
}

/// Why no proxy has sent a zip.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// No proxy may hear of the module.
    #[error("no proxy is asked for it: {variable} has the pattern {pattern}")]
    Private {
        /// The variable that says so.
        variable: &'static str,
        /// What of it means the module.
        pattern: String,
    },
    /// None is named.
    #[error("GOPROXY names no proxy")]
    NoProxy,
    /// None may be asked.
    #[error("no proxy is asked: --offline or GOPROXY=off")]
    Off,
    /// One does not have it.
    #[error("{0} does not have it")]
    Missing(String),
    /// One could not be asked, or has answered something else.
    #[error("it cannot be fetched: {0}")]
    Failed(String),
}
