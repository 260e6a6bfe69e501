//! What a run did to an environment: a part of its record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PhaseRun;

/// What a deploy or a rollback came to in one environment. Nothing is in it that a program, a test or a cluster has
/// said, as secrets could be in that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeployRun {
    /// The environment.
    pub environment: String,
    /// By what images get there: `kubernetes`, `command` or `podman`.
    pub how: String,
    /// What came of it.
    pub outcome: DeployResult,
    /// The images that were to be brought there, by digest; empty for a rollback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Those that run there at its end, where that is known and they are named by digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// Its phases, in their order: `prepare`, `apply`, `rollout`, `smoke`, `rollback`, as far as it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseRun>,
}

/// What came of a deploy or a rollback in one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeployResult {
    /// The images run there, and all tests passed.
    Deployed,
    /// They ran there before, and all tests passed.
    Unchanged,
    /// What ran before runs again: a rollback was wanted, or the deploy failed.
    RolledBack,
    /// It failed, and is as the failure left it.
    Failed,
}

impl DeployResult {
    /// Returns it in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Unchanged => "unchanged",
            Self::RolledBack => "rolled back",
            Self::Failed => "failed",
        }
    }
}
