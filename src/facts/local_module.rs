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

impl LocalModule {
    /// Returns the module of `modules` that the folder lies in.
    pub fn at<'a>(modules: &'a [Self], folder: &SourcePath) -> Option<&'a Self> {
        modules
            .iter()
            .filter(|module| folder.below(&module.folder).is_some())
            .max_by_key(|module| module.folder.as_str().len())
    }

    /// Returns the folder that the package `import` is in, if one of `modules` has it.
    pub fn folder_of(modules: &[Self], import: &str) -> Option<SourcePath> {
        Self::place_of(modules, import).map(|(_, folder)| folder)
    }

    /// Returns the module that the package `import` is of, if one of `modules` has it, and the folder that it is in.
    pub(super) fn place_of<'a>(
        modules: &'a [Self],
        import: &str,
    ) -> Option<(&'a Self, SourcePath)> {
        let below = |module: &'a Self| {
            let rest = import.strip_prefix(module.path.as_str())?;
            let is_below = rest.is_empty() || rest.starts_with('/');
            let folder = module.folder.join(rest.trim_start_matches('/')).ok()?;
            is_below.then_some((module, folder))
        };
        let found = modules.iter().filter_map(below);
        found.max_by_key(|(module, _)| module.path.as_str().len())
    }

    /// Tells whether the folder lies in a module whose programs can be built.
    pub(super) fn is_main_at(modules: &[Self], folder: &SourcePath) -> bool {
        Self::at(modules, folder).is_some_and(|module| module.role == ModuleRole::Main)
    }
}

/// Why a module in the tree is part of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModuleRole {
    /// It is the main module, or one that go.work uses: its programs can be built.
    Main,
    /// A `replace` directive stands it in for a module of another place.
    Replacement,
}
