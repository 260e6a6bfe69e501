//! Which modules a build may take from the module cache, and what go.sum says of them.

use crate::facts::{LocalModule, ModuleRole, SourceFacts, Vendoring};
use crate::model::{BuildError, GoVersion};
use crate::ports::SourceTree;
use crate::toolchain::PinnedModule;

use super::bundle::sums_of;

/// Returns the modules that the go.mod files in the tree name and go.sum has, sorted; none where
/// they are vendored.
///
/// # Errors
/// When a go.sum is there and cannot be read.
pub(super) fn pinned_modules(
    tree: &dyn SourceTree,
    source: &SourceFacts,
) -> Result<Vec<PinnedModule>, BuildError> {
    // Go takes all modules from a vendor folder, or none.
    if matches!(source.vendoring, Vendoring::Used { .. }) {
        return Ok(Vec::new());
    }
    let files = source.modules.iter().map(|module| &module.go_mod);
    Ok(PinnedModule::all(files, &sums_of(tree, source)?))
}

/// Returns all modules that a build of any program may take, sorted, as [`pinned_modules`] does. Of go.mod
/// files that do not name them all, go.sum does, and more: versions that were needed to choose others.
///
/// # Errors
/// When a go.sum is there and cannot be read.
pub(super) fn all_pinned_modules(
    tree: &dyn SourceTree,
    source: &SourceFacts,
) -> Result<Vec<PinnedModule>, BuildError> {
    let pinned = pinned_modules(tree, source)?;
    let is_vendored = matches!(source.vendoring, Vendoring::Used { .. });
    let mut mains = source.modules.iter();
    if is_vendored || !mains.any(|module| module.role == ModuleRole::Main && names_some(module)) {
        return Ok(pinned);
    }
    Ok(PinnedModule::of_sums(&sums_of(tree, source)?))
}

/// Tells whether a go.mod names only those modules that the module imports itself: "go.mod files", "go
/// directive" in Go's reference.
fn names_some(module: &LocalModule) -> bool {
    let first = GoVersion::of_language(1, 17);
    let go = module.go_mod.go.as_ref();
    go.is_none_or(|go| go.value < first)
}
