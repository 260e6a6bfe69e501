//! How much is kept from run to run.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text_value::written_as_text;
use crate::model::{ByteSize, ByteSizeError};

/// How much is kept where nothing is said: some ten releases of Go, and the layers of a few hundred
/// images beside them.
const DEFAULT_LIMIT: ByteSize = ByteSize(10 << 30);

/// What the cache folder may hold. Where it is, the environment says: `CORACLE_CACHE`.
///
/// ```toml
/// [cache]
/// size = "20GB"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// How much it keeps, as in `"512MB"` or `"20GB"`, or `"unlimited"`. A run that adds to it removes
    /// what was used least recently beyond that. The default is `"10GB"`.
    pub size: CacheLimit,
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
