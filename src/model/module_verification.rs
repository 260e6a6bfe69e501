//! How Go modules are verified.

use serde::{Deserialize, Serialize};

/// What vouches for modules: for those that go.sum does not know yet, and for what was compiled of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModuleVerification {
    /// The name of the checksum database; none where it is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_database: Option<String>,
    /// Patterns of the modules for which it is not asked: private ones.
    pub private: Vec<String>,
    /// What the files that were compiled were compared with; nothing where they may be vendored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<ModuleContents>,
}

/// What the files of modules were compared with, before any program of them was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModuleContents {
    /// The hashes in go.sum.
    #[serde(rename = "go.sum")]
    GoSum,
}
