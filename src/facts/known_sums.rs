//! What go.sum files say, read once for all who ask.

use super::{LocalModule, ModuleRole};
use crate::model::{BuildError, Phase, SourcePath};
use crate::ports::{SourceTree, SourceTreeError};

/// The longest go.sum that is read.
const MAX_SUM_BYTES: u64 = 64 << 20;

/// What go.sum says of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Its hash: no checksum database is asked.
    Known,
    /// The hash of its go.mod file alone: nothing of it is compiled.
    GoModOnly,
    /// Nothing, or not enough.
    Missing,
}

/// The modules that go.sum files have hashes of.
pub trait KnownSums {
    /// Returns what they say of a module.
    fn sum(&self, path: &str, version: &str) -> Sum;

    /// Returns path and version of each module whose zip they know.
    fn zips(&self) -> Vec<(&str, &str)>;
}

/// Returns the text of all sums that count: those of the main modules among `modules`, and of the workspace whose
/// go.work file is `workspace`.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn sum_text(
    tree: &dyn SourceTree,
    workspace: Option<&SourcePath>,
    modules: &[LocalModule],
) -> Result<String, BuildError> {
    let mains = modules.iter().filter(|it| it.role == ModuleRole::Main);
    let of_modules = mains.map(|module| (module.folder.clone(), "go.sum"));
    let workspace = workspace.and_then(SourcePath::parent);
    let of_workspace = workspace.map(|folder| (folder, "go.work.sum"));
    let mut text = String::new();
    for (folder, name) in of_modules.chain(of_workspace) {
        let path = folder.join(name).unwrap_or_default();
        match tree.read(&path, MAX_SUM_BYTES) {
            Ok(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Err(SourceTreeError::Missing(_)) => {}
            Err(error) => {
                let message = "cannot read the file";
                return Err(BuildError::new(Phase::Facts, path, message).because(error));
            }
        }
        text.push('\n');
    }
    Ok(text)
}
