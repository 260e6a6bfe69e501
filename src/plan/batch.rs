//! What one run of the compiler makes.

use std::time::Duration;

use crate::facts::MainPackage;
use crate::model::{Platform, SourcePath};

use super::GoSettings;

/// Main packages that are compiled by one `go build`: one platform, one set of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What the binaries run on.
    pub platform: Platform,
    /// How they are compiled.
    pub settings: GoSettings,
    /// The folder from which packages are named, where `go` runs.
    pub folder: SourcePath,
    /// The go.work file that binds the modules together, where one governs them.
    pub workspace: Option<SourcePath>,
    /// What is compiled; no two have the same base name.
    pub mains: Vec<MainPackage>,
    /// How long it may take, where that is limited for this batch alone.
    pub time_limit: Option<Duration>,
}

/// A main package for one platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The main package.
    pub main: MainPackage,
    /// What the binary runs on.
    pub platform: Platform,
}

impl Batch {
    /// Returns all that it makes.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        self.mains.iter().map(|main| Target {
            main: main.clone(),
            platform: self.platform.clone(),
        })
    }

    /// Returns what is left of it where only some is wanted, if anything is.
    pub fn of(&self, is_wanted: impl Fn(&Target) -> bool) -> Option<Self> {
        let wanted = self.targets().filter(is_wanted);
        let mains: Vec<MainPackage> = wanted.map(|target| target.main).collect();
        (!mains.is_empty()).then(|| Self {
            mains,
            ..self.clone()
        })
    }
}
