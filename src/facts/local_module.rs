//! A module whose source is in the tree.

use super::GoMod;
use crate::model::{ModulePath, SourcePath};

/// A module in the source tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalModule {
    /// What its packages are imported by.
    pub path: ModulePath,
    /// The folder of its go.mod.
    pub folder: SourcePath,
    /// Why it is part of the build.
    pub role: ModuleRole,
    /// What its go.mod says.
    pub go_mod: GoMod,
}

/// Why a module in the tree is part of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModuleRole {
    /// It is the main module, or one that go.work uses: its programs can be built.
    Main,
    /// A `replace` directive stands it in for a module of another place.
    Replacement,
}
