//! Files that look like secrets and are none.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::SourcePath;

/// What may go into an image though it looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecretsConfig {
    /// Files, from the project's folder.
    #[schemars(with = "Vec<String>")]
    pub allow: Vec<SourcePath>,
}
