//! How Go compiles.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text_value::written_as_text;
use super::{BuildFlag, GoEnvName, GoEnvValue, LinkerFlag};
use crate::model::GoVersion;

/// Which Go compiles, and how. What runs a program, reads another file or makes the output depend
/// on the machine is refused.
///
/// ```toml
/// [go]
/// version = "1.26.8"
/// tags    = ["netgo"]
/// ldflags = ["-checklinkname=0"]
/// env     = { GOAMD64 = "v2" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GoConfig {
    /// The exact release, as in `"1.26.8"`. The default is what .go-version or the toolchain line
    /// of go.work or go.mod names; else the machine's Go where it is new enough for the go line,
    /// else the release that this coracle was tested with.
    #[schemars(with = "Option<String>")]
    pub version: Option<GoVersion>,
    /// Whether the machine's own Go may be used. The default is `"auto"`.
    pub toolchain: ToolchainPreference,
    /// Further flags of go build: `-cover`, `-covermode`, `-coverpkg`, `-gcflags`, `-pgo`. Each is
    /// one string with its value. The default is none.
    pub flags: Vec<BuildFlag>,
    /// Further flags of the linker, after `-s -w -buildid=`, each one string with its value. The
    /// default is none.
    pub ldflags: Vec<LinkerFlag>,
    /// Build tags. The default is none.
    pub tags: Vec<BuildTag>,
    /// Settings of Go that change what is compiled: GOAMD64 and its like for other processors,
    /// GOEXPERIMENT, GOFIPS140. The default is none.
    #[schemars(with = "BTreeMap<String, String>")]
    pub env: BTreeMap<GoEnvName, GoEnvValue>,
    /// Whether the symbol table and the debug information are kept. The default is `false`.
    #[serde(rename = "debug")]
    #[schemars(with = "bool")]
    pub symbols: SymbolsChoice,
}

/// Whether the machine's own Go may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolchainPreference {
    /// The machine's Go where it has the wanted version, else a fetched and verified one.
    #[default]
    Auto,
    /// Always one that was fetched and verified against the checksum database.
    Verified,
}

impl ToolchainPreference {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Verified => "verified",
        }
    }
}

/// What becomes of the symbol table and the debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "bool")]
pub enum SymbolsChoice {
    /// They are left out.
    #[default]
    Strip,
    /// They stay, for debuggers.
    Keep,
}

/// A word of a `//go:build` line.
///
/// ```
/// # use coracle::config::BuildTag;
/// assert!("netgo".parse::<BuildTag>().is_ok());
/// assert!("a,b".parse::<BuildTag>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildTag(String);

/// Why a text is no build tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a build tag, expected letters, digits, '_' and '.'")]
pub struct BuildTagError(String);

impl From<bool> for SymbolsChoice {
    fn from(debug: bool) -> Self {
        if debug { Self::Keep } else { Self::Strip }
    }
}

impl fmt::Display for BuildTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BuildTag {
    type Err = BuildTagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        if text.is_empty() || !text.chars().all(allowed) {
            return Err(BuildTagError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

written_as_text!(BuildTag);
