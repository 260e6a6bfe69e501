//! How layers are compressed.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Compression, CompressionLevelError};

/// How layers are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayersConfig {
    /// How they are compressed, with a level that exists.
    pub compression: Compression,
}

/// How layers are compressed. The bytes do not depend on the machine or the number of processors.
///
/// ```toml
/// [layers]
/// compression = "zstd"
/// level       = 9
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "LayersConfig")]
pub(super) struct LayersTable {
    /// The way to compress. The default is `"gzip"`.
    compression: CompressionKind,
    /// How hard: 1 to 9 for gzip, 1 to 11 for zstd. The default is `5` for gzip, `6` for zstd.
    level: Option<u32>,
}

/// A way to compress.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CompressionKind {
    /// Every tool reads it.
    #[default]
    Gzip,
    /// Smaller, and faster to read; containerd reads it from 1.5 on, Docker from 23 on.
    Zstd,
}

impl LayersTable {
    /// Fills in the defaults.
    pub(super) fn into_config(self) -> Result<LayersConfig, CompressionLevelError> {
        let default = match self.compression {
            CompressionKind::Gzip => Compression::GZIP,
            CompressionKind::Zstd => Compression::ZSTD,
        };
        let compression = match self.level {
            Some(level) => default.at_level(level)?,
            None => default,
        };
        Ok(LayersConfig { compression })
    }
}
