//! What the cache folder keeps.

use std::fmt;
use std::path::PathBuf;

use super::Timestamp;

/// One thing in the cache folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEntry {
    /// What it is.
    pub kind: CacheKind,
    /// What people call it: the digest of a blob, the release and platform of a toolchain.
    pub name: String,
    /// Where it is, from the cache folder.
    pub path: PathBuf,
    /// The bytes that it takes on the disk.
    pub size_bytes: u64,
    /// When a run used it last, within the hour.
    pub used: Timestamp,
}

/// The kinds of things in the cache folder, in the order that they are listed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CacheKind {
    /// Layers, manifests and configurations, by their digest.
    Blobs,
    /// What is known of layers that were made before.
    Memos,
    /// Releases of Go.
    Toolchains,
    /// Programs that coracle builds for its own use.
    Tools,
    /// What bundles have in them, unpacked.
    Bundles,
    /// What runs are working on, or have left when they were killed.
    Temporary,
    /// What this version does not know: another version's, or somebody else's. It is left alone.
    Other,
}

impl CacheKind {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Blobs,
        Self::Memos,
        Self::Toolchains,
        Self::Tools,
        Self::Bundles,
        Self::Temporary,
        Self::Other,
    ];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Memos => "memos",
            Self::Toolchains => "toolchains",
            Self::Tools => "tools",
            Self::Bundles => "bundles",
            Self::Temporary => "temporary",
            Self::Other => "other",
        }
    }

    /// Tells whether it is kept for later runs, and so counts for the limit of the cache.
    pub fn is_kept(self) -> bool {
        match self {
            Self::Blobs | Self::Memos | Self::Toolchains | Self::Tools | Self::Bundles => true,
            Self::Temporary | Self::Other => false,
        }
    }
}

impl fmt::Display for CacheKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
