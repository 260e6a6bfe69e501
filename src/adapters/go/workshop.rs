//! The private folder of one build.

#![expect(
    clippy::disallowed_methods,
    reason = "binaries stay on the disk until they are in a layer"
)]

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::adapters::held_folder::HeldFolder;

/// A folder for what the compiler makes. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Workshop(HeldFolder);

impl Workshop {
    /// Makes the folder, below the cache folder.
    pub(super) fn open(cache: &Path) -> io::Result<Self> {
        let workshop = Self(HeldFolder::make(cache)?);
        for folder in [workshop.output(), workshop.scratch()] {
            fs::create_dir(&folder)?;
            // Without a group bit inherited from above, which would make the go command copy
            // programs where it else moves them: a program that is seen is whole.
            fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        }
        Ok(workshop)
    }

    /// Tells whether it is still there: the cache folder may be deleted at any time.
    pub(super) fn is_there(&self) -> bool {
        self.output().is_dir() && self.scratch().is_dir()
    }

    /// Tells whether a go command compiles or links here: it makes a folder for each package then.
    pub(super) fn is_at_work(&self) -> bool {
        let builds = fs::read_dir(self.scratch()).into_iter().flatten().flatten();
        builds
            .filter_map(|build| fs::read_dir(build.path()).ok())
            .any(|mut packages| packages.next().is_some())
    }

    /// Returns where programs go.
    pub(super) fn output(&self) -> PathBuf {
        self.0.path().join("out")
    }

    /// Returns the file that the go command tells its actions in.
    pub(super) fn actions(&self) -> PathBuf {
        self.0.path().join("actions.json")
    }

    /// Returns where the go command works.
    pub(super) fn scratch(&self) -> PathBuf {
        self.0.path().join("work")
    }
}
