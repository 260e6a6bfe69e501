//! A module that is linked into a program.

use serde::{Deserialize, Serialize};

use super::LicenceExpression;

/// A module whose code is in a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModuleAccount {
    /// Its path: of the code that is linked, so that of the replacement where there is one.
    pub path: String,
    /// Its version, `(devel)` for source that has none.
    pub version: String,
    /// Its `h1:` hash, where it came from a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// What a `replace` directive had to do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
    /// Its licence, where its files say one that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<LicenceExpression>,
}

/// What a `replace` directive did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replaced {
    /// The module stands in for this one.
    Module {
        /// The path that is imported.
        path: String,
        /// The version that would have been taken.
        version: String,
    },
    /// The module's code is that of a folder.
    Folder {
        /// The folder, as the directive names it.
        folder: String,
        /// The version that would have been taken.
        version: String,
    },
}

impl ModuleAccount {
    /// The version of code that has none.
    pub const DEVEL: &str = "(devel)";

    /// Tells whether its version says nothing.
    pub fn is_devel(&self) -> bool {
        self.version.is_empty() || self.version == Self::DEVEL
    }
}
