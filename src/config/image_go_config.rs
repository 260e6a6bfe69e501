//! How Go compiles the programs of one image.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{BuildFlag, BuildTag, GoEnvName, GoEnvValue, LinkerFlag};

/// How the programs of an image are compiled, beside what `[go]` says of all.
///
/// ```toml
/// [images.server.go]
/// tags = ["netgo"]
/// env  = { GOAMD64 = "v3" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageGoConfig {
    /// Flags of go build, after those of `[go]`. The default is none.
    pub flags: Vec<BuildFlag>,
    /// Flags of the linker, after those of `[go]`. The default is none.
    pub ldflags: Vec<LinkerFlag>,
    /// Build tags, beside those of `[go]`. The default is none.
    pub tags: Vec<BuildTag>,
    /// Settings of Go that change what is compiled, over those of `[go]`. The default is none.
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<GoEnvName, GoEnvValue>,
}
