//! Modules that may not be used.

use schemars::JsonSchema;
use serde::Deserialize;

use super::policy_config::words;
use super::{VersionRange, date};
use crate::model::{Day, ModulePath};

/// A module that may not be used, with all that lies under its path.
///
/// ```toml
/// [[policy.blocked]]
/// module   = "github.com/go-sql-driver"
/// reason   = "Use company SQL wrapper"
/// versions = ">=1, <2"
/// except   = ["git.example.com/team/wrapper"]
/// until    = 2027-01-31
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockedModule {
    /// The module, or the beginning of the paths of several.
    #[schemars(with = "String")]
    pub module: ModulePath,
    /// Why, and what to use instead.
    #[serde(deserialize_with = "words")]
    pub reason: String,
    /// The versions that are meant, as in `">=1, <2"`. The default is all.
    #[serde(default)]
    pub versions: VersionRange,
    /// Modules that may still use it, or that lie under it and may be used. The default is none.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub except: Vec<ModulePath>,
    /// Which uses are meant: `"direct"`, those that go.mod asks for itself, or `"all"`. The default is
    /// `"all"`.
    #[serde(default)]
    pub uses: BlockedUses,
    /// The last day of what `except` allows, and an error without that. The default is none: it has no end.
    #[serde(default, deserialize_with = "date::last_day")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Day>,
}

/// Which uses of a module are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BlockedUses {
    /// Those of the main module, and those of what it uses.
    #[default]
    All,
    /// Those of the main module.
    Direct,
}
