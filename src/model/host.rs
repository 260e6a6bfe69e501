//! The machine as the program found it when it started.

use std::collections::BTreeMap;
use std::env::JoinPathsError;
use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::Platform;

/// All that a run knows of its machine; read once, before anything else.
#[derive(Debug, Clone)]
pub struct Host {
    /// The environment variables.
    pub environment: Environment,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The processors that this process may use.
    pub cores: NonZeroUsize,
    /// What this machine runs, in Go's words.
    pub platform: Platform,
    /// What stderr is.
    pub terminal: Terminal,
}

/// What the talk of the program is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// A screen on which lines can be drawn again.
    Screen,
    /// A file, a pipe or a log: plain lines.
    Plain,
}

/// Environment variables by name. A variable that is empty counts as not set, as in Go's tools.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Takes the variables.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// Returns the value of `name` where it is set to something.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns the value of `name` where it is set, were it to nothing: a password may be empty.
    pub fn get_even_empty(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Returns the value of `name` where it is set to something that is UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(OsStr::to_str)
    }

    /// Returns the value of `name` as a path.
    pub fn get_path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Returns all variables, also those that are empty, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Returns all but the variables `names`.
    #[must_use]
    pub fn without<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut left = self.0.clone();
        for name in names {
            left.remove(OsStr::new(name));
        }
        Self(left)
    }

    /// Returns it with one more folder, where programs are looked for last.
    ///
    /// # Errors
    /// When the folder's name cannot stand in PATH.
    pub fn with_folder_on_path(&self, folder: &Path) -> Result<Self, JoinPathsError> {
        let known = self.get("PATH").unwrap_or_default();
        let all = std::env::split_paths(known).chain([folder.to_owned()]);
        let mut changed = self.0.clone();
        changed.insert("PATH".into(), std::env::join_paths(all)?);
        Ok(Self(changed))
    }

    /// Returns `$HOME`.
    pub fn home(&self) -> Option<PathBuf> {
        self.get_path("HOME")
    }
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
