//! How layers are compressed.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Compression;

/// How layers are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayersConfig {
    /// How they are compressed, with a level that exists.
    pub compression: Compression,
}

/// How layers are compressed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "LayersConfig")]
pub(super) struct LayersTable {
    /// The way to compress. The default is gzip, which every tool reads.
    compression: CompressionKind,
    /// How hard: 1 to 9 for gzip (the default is 6), 1 to 19 for zstd (the default is 3).
    level: Option<u8>,
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

/// Why a level is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{compression} has the levels 1 to {highest}, found {level}")]
pub(super) struct LevelError {
    compression: &'static str,
    highest: u8,
    level: u8,
}

impl LayersTable {
    /// Fills in the defaults.
    pub(super) fn into_config(self) -> Result<LayersConfig, LevelError> {
        let (name, highest, default) = match self.compression {
            CompressionKind::Gzip => ("gzip", 9, 6),
            CompressionKind::Zstd => ("zstd", 19, 3),
        };
        let level = self.level.unwrap_or(default);
        if !(1..=highest).contains(&level) {
            return Err(LevelError {
                compression: name,
                highest,
                level,
            });
        }
        let compression = match self.compression {
            CompressionKind::Gzip => Compression::Gzip(level.into()),
            CompressionKind::Zstd => Compression::Zstd(level.into()),
        };
        Ok(LayersConfig { compression })
    }
}
