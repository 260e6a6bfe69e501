//! Where the project is in its source tree.

use crate::model::SourcePath;

/// The place of a project: what its files' paths are relative to, and the workspace that governs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder of coracle.toml, or the one that was asked for where there is none; `files` and
    /// main packages are named from here.
    pub folder: SourcePath,
    /// The go.work file that governs it.
    pub workspace: Option<SourcePath>,
}
