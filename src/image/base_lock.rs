//! What the embedded base is made of, `base-layers/static/lock.json`: written by
//! `base-layers/renew`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Digest, FileMode, ImagePath, Owner};

/// Everything that decides the bytes of the base `static`, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseLock {
    /// The version of the file's format, 1.
    pub format: u32,
    /// The Debian suite that the packages are from.
    pub suite: String,
    /// The user that an image on this base runs as, unless told otherwise.
    pub user: Owner,
    /// The environment that the base sets.
    pub env: BTreeMap<String, String>,
    /// The Debian packages, by name.
    pub packages: Vec<LockedPackage>,
    /// What is in the layer, by path, a folder before what lies in it.
    pub entries: Vec<LockedEntry>,
}

/// A Debian package that files were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPackage {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// The architecture of the package that was read; the files that are taken are the same on all.
    pub architecture: String,
    /// The digest of the .deb file.
    pub digest: Digest,
    /// Where the layer holds its licences.
    pub licences: Vec<ImagePath>,
}

/// A folder, file or link of the layer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LockedEntry {
    /// Where it is in the image.
    pub path: ImagePath,
    /// What it is.
    #[serde(flatten)]
    pub content: LockedContent,
    /// Its permissions.
    pub mode: FileMode,
    /// Its owner.
    #[serde(flatten)]
    pub owner: Owner,
    /// The package that it is from; none for what is written by hand.
    pub package: Option<String>,
}

/// What an entry of the layer is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum LockedContent {
    /// A folder.
    Directory,
    /// A file, kept below `base-layers/static/rootfs/`.
    File {
        /// The digest of its content.
        digest: Digest,
    },
    /// A symbolic link.
    Link {
        /// Where it points to.
        target: String,
    },
}

impl BaseLock {
    /// Parses the text of a lock file.
    ///
    /// # Errors
    /// When the text is not JSON, lacks a key, or holds a value that is none of its type.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}
