//! How Go modules are verified.

use serde::{Deserialize, Serialize};

/// What vouches for modules that go.sum does not know yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModuleVerification {
    /// The name of the checksum database; none where it is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_database: Option<String>,
    /// Patterns of the modules for which it is not asked: private ones.
    pub private: Vec<String>,
}
