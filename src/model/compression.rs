//! How layers are compressed.

use std::fmt;

use super::MediaType;

/// How a layer's tar is compressed, and how hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compression {
    /// gzip, which every tool reads; level 1 to 9.
    Gzip(u32),
    /// zstd, smaller and faster to read; level 1 to 11.
    Zstd(u32),
}

/// Why a level is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} has the levels 1 to {max} here, found {level}\n{why}")]
pub struct CompressionLevelError {
    level: u32,
    name: &'static str,
    max: u32,
    why: &'static str,
}

impl Compression {
    /// gzip at the level that it has unless told otherwise.
    ///
    /// Measured on caddy 2.10 (46.5 MB) with one core: level 1 20.8 MiB in 0.24 s, 3 16.6 in 0.45,
    /// 5 16.1 in 0.64, 6 16.0 in 0.84, 9 15.6 in 2.24.
    pub const GZIP: Self = Self::Gzip(5);
    /// zstd at the level that it has unless told otherwise.
    ///
    /// Measured likewise: level 1 16.9 MiB in 0.15 s, 3 15.4 in 0.25, 6 14.5 in 0.90, 9 14.3 in
    /// 1.58. Level 6 costs what gzip does, and what is saved is saved by every machine that pulls.
    pub const ZSTD: Self = Self::Zstd(6);

    /// Returns the same format at `level`.
    ///
    /// # Errors
    /// When the format has no such level.
    pub fn at_level(self, level: u32) -> Result<Self, CompressionLevelError> {
        let (name, max, why, compression) = match self {
            Self::Gzip(_) => (
                "gzip",
                9,
                "9 is the smallest that gzip knows",
                Self::Gzip(level),
            ),
            // From 12 on one worker of libzstd takes 44 MiB and more, and the whole run may take 64.
            Self::Zstd(_) => (
                "zstd",
                11,
                "more would take much memory for layers that are hardly smaller",
                Self::Zstd(level),
            ),
        };
        if (1..=max).contains(&level) {
            Ok(compression)
        } else {
            Err(CompressionLevelError {
                level,
                name,
                max,
                why,
            })
        }
    }

    /// Returns the media type of a layer that is compressed so.
    pub fn media_type(self) -> MediaType {
        match self {
            Self::Gzip(_) => MediaType::LayerGzip,
            Self::Zstd(_) => MediaType::LayerZstd,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip(level) => write!(f, "gzip level {level}"),
            Self::Zstd(level) => write!(f, "zstd level {level}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_the_format_lacks_is_refused() {
        assert_eq!(Compression::GZIP.at_level(9), Ok(Compression::Gzip(9)));
        assert_eq!(Compression::ZSTD.at_level(11), Ok(Compression::Zstd(11)));
        let error = Compression::GZIP.at_level(10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "gzip has the levels 1 to 9 here, found 10\n9 is the smallest that gzip knows"
        );
        assert!(Compression::ZSTD.at_level(12).is_err());
        assert!(Compression::ZSTD.at_level(0).is_err());
    }
}
