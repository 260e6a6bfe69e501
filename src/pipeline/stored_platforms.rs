//! The images that an image which is there already has for its platforms.

use std::collections::BTreeMap;

use super::stored_image::StoredImage;
use crate::image::{IndexEntry, StoredConfig, StoredManifest};
use crate::layers::{VisitEntry, WalkedLayer};
use crate::model::{BuildError, Descriptor, Digest, Platform};

/// What the manifests of an image say.
pub(super) struct StoredPlatforms {
    /// What the image is known by.
    pub(super) root: Descriptor,
    /// Annotations of the index, where it is one.
    pub(super) annotations: BTreeMap<String, String>,
    /// The images that are wanted, in the order of the index.
    pub(super) images: Vec<StoredPlatform>,
    /// What else an index names.
    pub(super) others: Vec<IndexEntry>,
}

/// The image of one platform.
pub(super) struct StoredPlatform {
    pub(super) manifest: Descriptor,
    pub(super) config_digest: Digest,
    pub(super) config: StoredConfig,
    pub(super) layers: Vec<Descriptor>,
    pub(super) annotations: BTreeMap<String, String>,
}

impl StoredPlatforms {
    /// Reads the manifests and configurations of `image`, of the platform that is `wanted`, where not
    /// all are.
    pub(super) fn read(
        image: &StoredImage<'_>,
        wanted: Option<&Platform>,
    ) -> Result<Self, BuildError> {
        let root = image.root()?;
        let mut found = Self {
            root: root.descriptor.clone(),
            annotations: BTreeMap::new(),
            images: Vec::new(),
            others: Vec::new(),
        };
        let mut reader = PlatformReader {
            image,
            wanted,
            passed_by: Vec::new(),
        };
        match root.said {
            StoredManifest::Index {
                entries,
                annotations,
            } => {
                found.annotations = annotations;
                for entry in entries {
                    if entry.platform.is_none() {
                        found.others.push(entry);
                        continue;
                    }
                    let manifest = image.manifest(&entry.manifest)?.said;
                    found.images.extend(reader.read(&entry.manifest, manifest)?);
                }
            }
            manifest @ StoredManifest::Image { .. } => {
                found
                    .images
                    .extend(reader.read(&root.descriptor, manifest)?);
            }
        }
        match wanted {
            Some(platform) if found.images.is_empty() => {
                Err(image.lacks(platform, &reader.passed_by))
            }
            _ => Ok(found),
        }
    }
}

impl StoredPlatform {
    /// Reads the layer of this number to its last byte.
    pub(super) fn walk(
        &self,
        image: &StoredImage<'_>,
        number: usize,
        visit: &mut VisitEntry<'_>,
    ) -> Result<WalkedLayer, BuildError> {
        let expected = self.config.diff_ids.get(number).copied();
        image.walk(&self.layers[number], expected, visit)
    }
}

/// Reads the platforms that are wanted, and keeps the names of the others.
struct PlatformReader<'a> {
    image: &'a StoredImage<'a>,
    wanted: Option<&'a Platform>,
    passed_by: Vec<String>,
}

impl PlatformReader<'_> {
    /// Reads a configuration; `None` for an index in an index, and for a platform that nobody asked
    /// for.
    fn read(
        &mut self,
        descriptor: &Descriptor,
        manifest: StoredManifest,
    ) -> Result<Option<StoredPlatform>, BuildError> {
        let StoredManifest::Image {
            config,
            layers,
            annotations,
        } = manifest
        else {
            return Ok(None);
        };
        let stored = self.image.config(&config)?.said;
        let is_wanted = |wanted| stored.platform.covers(wanted);
        if !self.wanted.is_none_or(is_wanted) {
            self.passed_by.push(stored.platform.to_string());
            return Ok(None);
        }
        Ok(Some(StoredPlatform {
            manifest: descriptor.clone(),
            config_digest: config.digest,
            config: stored,
            layers,
            annotations,
        }))
    }
}
