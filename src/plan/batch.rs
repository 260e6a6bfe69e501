//! What one run of the compiler makes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::facts::MainPackage;
use crate::model::{Platform, SourcePath};

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

/// The settings of a compile that change its output, all allowed and complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct GoSettings {
    /// Further flags of `go build`.
    pub flags: Vec<String>,
    /// Further flags of the linker, after `-s -w -buildid=`.
    pub ldflags: Vec<String>,
    /// Build tags.
    pub tags: Vec<String>,
    /// `GO*` settings: `GOAMD64`, `GOEXPERIMENT`.
    pub env: BTreeMap<String, String>,
    /// Variables that the linker sets, by `importpath.name`.
    pub stamps: BTreeMap<String, String>,
    /// Whether symbols are kept.
    pub symbols: Symbols,
}

/// What becomes of the symbol table and the debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Symbols {
    /// They are left out: `-s -w`.
    #[default]
    Stripped,
    /// They stay, for debuggers.
    Kept,
}
