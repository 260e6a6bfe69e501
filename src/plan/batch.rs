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
