//! How much is kept from run to run.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::KeySource;
use super::text_value::written_as_text;
use crate::model::{ByteSize, ByteSizeError, Repository};

/// How much is kept where nothing is said: some ten releases of Go, and the layers of a few hundred
/// images beside them.
const DEFAULT_LIMIT: ByteSize = ByteSize(10 << 30);

/// What the cache folder may hold. Where it is, the environment says: `CORACLE_CACHE`.
///
/// ```toml
/// [cache]
/// size     = "20GB"
/// registry = "registry.example.com/team/cache"
/// trust    = "unsigned"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// How much it keeps, as in `"512MB"` or `"20GB"`, or `"unlimited"`. A run that adds to it removes
    /// what was used least recently beyond that. The default is `"10GB"`.
    pub size: CacheLimit,
    /// A repository that tells other machines what was made here, and this one what was made there,
    /// as in `"registry.example.com/team/cache"`: `push` writes to it, and all read from it whom
    /// `trust` lets. The default is none.
    #[schemars(with = "Option<String>")]
    pub registry: Option<Repository>,
    /// Whose word is taken for what was made elsewhere: `"signed"`, that of who signs images, of `key`
    /// and of the `identity` in `[sign.keyless]`, or `"unsigned"`, that of everybody who may write to the
    /// repository. The default is `"signed"`.
    pub trust: CacheTrust,
    /// A public key whose word is taken too, for machines that do not sign: a file of PEM from the
    /// folder of coracle.toml, or `"env://NAME"`. The default is none.
    pub key: Option<KeySource>,
}

/// Whose word is taken for what was made elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CacheTrust {
    /// That of who signs images, and of those that are named.
    #[default]
    Signed,
    /// That of whoever can write to the repository.
    Unsigned,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheLimit {
    /// Everything.
    Unlimited,
    /// So much.
    AtMost(ByteSize),
}

/// Why a text is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CacheLimitError {
    /// Others take it for "no limit", and it may as well mean that nothing is kept.
    #[error(
        "a cache of size 0 would keep nothing\nwrite \"unlimited\" where nothing is to be removed"
    )]
    Nothing,
    /// It is no size.
    #[error("{0}, or unlimited")]
    Size(#[from] ByteSizeError),
}

impl Default for CacheLimit {
    fn default() -> Self {
        Self::AtMost(DEFAULT_LIMIT)
    }
}

impl FromStr for CacheLimit {
    type Err = CacheLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "unlimited" => Ok(Self::Unlimited),
            "0" => Err(CacheLimitError::Nothing),
            text => match text.parse()? {
                ByteSize(0) => Err(CacheLimitError::Nothing),
                size => Ok(Self::AtMost(size)),
            },
        }
    }
}

impl fmt::Display for CacheLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.pad("unlimited"),
            Self::AtMost(size) => size.fmt(f),
        }
    }
}

written_as_text!(CacheLimit);
