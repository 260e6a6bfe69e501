//! Which modules a build may take from the module cache, and what go.sum says of them.

use crate::facts::{LocalModule, ModuleRole, SourceFacts, Vendoring};
use crate::model::SourcePath;
use crate::ports::SourceTree;
use crate::toolchain::{GoSum, PinnedModule};

/// Large services have some thousand lines.
const MAX_SUM_BYTES: u64 = 16 << 20;

/// Returns the modules that the go.mod files in the tree name and go.sum has, sorted; none where
/// they are vendored. What is wrong with these files the go command says.
pub fn pinned_modules(tree: &dyn SourceTree, source: &SourceFacts) -> Vec<PinnedModule> {
    // Go takes all modules from a vendor folder, or none.
    if matches!(source.vendoring, Vendoring::Used { .. }) {
        return Vec::new();
    }
    let of_workspace = source.workspace().and_then(SourcePath::parent);
    let is_main = |module: &&LocalModule| module.role == ModuleRole::Main;
    let mains: Vec<&LocalModule> = source.modules.iter().filter(is_main).collect();
    let mut sums = GoSum::default();
    let files = mains.iter().map(|module| module.folder.join("go.sum"));
    let files = files.chain(of_workspace.iter().map(|folder| folder.join("go.work.sum")));
    for file in files.flatten() {
        if let Ok(bytes) = tree.read(&file, MAX_SUM_BYTES) {
            sums.add(&String::from_utf8_lossy(&bytes));
        }
    }
    PinnedModule::all(source.modules.iter().map(|module| &module.go_mod), &sums)
}
