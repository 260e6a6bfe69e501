//! With whom the history of runs is shared.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Repository;

/// With whom the history of runs is shared. Each machine keeps its own in any case.
///
/// ```toml
/// [history]
/// registry = "registry.example.com/team/history"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryConfig {
    /// A repository that takes the record of each `push`, and that `report` asks for those of other
    /// machines; all who may write to it are believed. The default is none.
    #[schemars(with = "Option<String>")]
    pub registry: Option<Repository>,
}
