//! All that an image consists of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BasePackage, OsRelease};
use crate::image::Image;
use crate::model::{AddedFile, Digest, InstalledProgram, LayerAccount, Platform, Timestamp};

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

/// What is known of the image of a platform before it is assembled, or beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageParts {
    /// The version that the image says it has.
    pub version: Option<String>,
    /// Its Go programs.
    pub programs: Vec<InstalledProgram>,
    /// What is below them.
    pub base: BaseInventory,
    /// What is beside them.
    pub files: Vec<AddedFile>,
    /// How many files there are beyond those that are listed.
    pub files_left_out: u64,
}

impl ImageParts {
    /// Adds what a layer holds.
    pub fn add(&mut self, layer: &LayerAccount) {
        self.programs.extend(layer.programs.iter().cloned());
        self.files.extend(layer.files.iter().cloned());
        self.files_left_out += layer.files_left_out;
    }
}

impl Inventory {
    /// Returns the inventory of `image`, of which `parts` has what each platform consists of.
    pub fn of_image(
        image: &Image,
        name: SubjectName,
        created: Timestamp,
        parts: &BTreeMap<Platform, ImageParts>,
    ) -> Self {
        let images = image.platforms.iter().map(|image| {
            let parts = parts.get(&image.platform).cloned().unwrap_or_default();
            ImageInventory {
                digest: image.manifest.descriptor.digest,
                platform: image.platform.clone(),
                version: parts.version,
                programs: parts.programs,
                base: parts.base,
                files: parts.files,
                files_left_out: parts.files_left_out,
            }
        });
        Self {
            name,
            index: image.index.as_ref().map(|index| index.descriptor.digest),
            created,
            images: images.collect(),
        }
    }

    /// Returns the inventory of each platform's image by itself, to be said of its manifest.
    pub fn by_platform(&self) -> impl Iterator<Item = Self> {
        self.images.iter().map(|image| Self {
            name: self.name.clone(),
            index: None,
            created: self.created,
            images: vec![image.clone()],
        })
    }
}
