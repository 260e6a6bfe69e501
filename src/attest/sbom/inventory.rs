//! All that an image consists of.

use serde::{Deserialize, Serialize};

use super::{BasePackage, OsRelease, ProgramAccount};
use crate::model::{Digest, Platform, Timestamp};

/// What an image, or an index over several, consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// What the image is called.
    pub name: SubjectName,
    /// The digest of the index, for one over several images.
    pub index: Option<Digest>,
    /// When the image was made, as it says itself.
    pub created: Timestamp,
    /// The images, one for each platform.
    pub images: Vec<ImageInventory>,
}

/// What an image is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectName {
    /// Its short name, `server`.
    pub title: String,
    /// Where it is, `registry.example.com/team/server`, for one that is in a registry.
    pub repository: Option<String>,
}

/// What the image of one platform consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageInventory {
    /// The digest of its manifest.
    pub digest: Digest,
    /// What it runs on.
    pub platform: Platform,
    /// The version that it says it has; programs without a version of their own have it too.
    pub version: Option<String>,
    /// Its Go programs, by path.
    pub programs: Vec<InstalledProgram>,
    /// What is below them.
    pub base: BaseInventory,
    /// What is beside them, by path.
    pub files: Vec<AddedFile>,
    /// How many files there are beyond those that are listed.
    pub files_left_out: u64,
}

/// A program in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledProgram {
    /// Where it is, `/server`.
    pub path: String,
    /// What is known of it.
    pub account: ProgramAccount,
}

/// What is known of the image below.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BaseInventory {
    /// Its reference and digest, for a base that came from a registry.
    pub origin: Option<(String, Digest)>,
    /// The distribution that it is.
    pub os: Option<OsRelease>,
    /// Its packages.
    pub packages: Vec<BasePackage>,
}

/// A file that belongs to no package and is no Go program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddedFile {
    /// Where it is, `/etc/server.yaml`.
    pub path: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The digest of its content.
    pub digest: Digest,
    /// The SHA-1 of its content in hex, which SPDX 2.3 wants of every file.
    pub sha1: String,
}
