//! Files that look like secrets and are none, and where secrets come from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret_source::SecretTable;
use super::{EnvName, SecretSource};
use crate::model::SourcePath;

/// What may go into an image though it looks like a secret. Without a word here, .env files,
/// passwords in other files of variables (prod.env, .envrc), private keys and access tokens among
/// the files to be copied stop the build.
///
/// ```toml
/// [secrets]
/// allow = ["testdata/example.key", "docs/**/*.pem"]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecretsConfig {
    /// Files, or globs of files, from the folder of coracle.toml. The default is none.
    #[schemars(with = "Vec<String>")]
    pub allow: Vec<SourcePath>,
    /// Secrets that stages of `[pipeline]` may ask for, by the variable that they find each in. The default
    /// is none.
    #[schemars(with = "BTreeMap<String, SecretTable>")]
    pub values: BTreeMap<EnvName, SecretSource>,
}
