//! An image that is ready to go anywhere.

use std::collections::BTreeSet;

use crate::model::{Blob, Descriptor, Platform, Repository};

/// A complete image: one manifest, or an index over several.
#[derive(Debug, Clone)]
pub struct Image {
    /// One image for each platform, in the order asked for.
    pub platforms: Vec<PlatformImage>,
    /// The index, where there are several platforms.
    pub index: Option<Blob>,
}

/// The image of one platform.
#[derive(Debug, Clone)]
pub struct PlatformImage {
    /// What it runs on.
    pub platform: Platform,
    /// Its manifest.
    pub manifest: Blob,
    /// Its config.
    pub config: Blob,
    /// Its layers, the lowest first.
    pub layers: Vec<ImageLayer>,
}

/// A layer of a complete image.
#[derive(Debug, Clone)]
pub struct ImageLayer {
    /// Its bytes.
    pub blob: Blob,
    /// A repository that is known to hold it, to be mounted from.
    pub mount_from: Option<Repository>,
}

impl Image {
    /// Returns the descriptor that the image is known by: the index's, or the only manifest's.
    pub fn root(&self) -> &Descriptor {
        &self.root_blob().descriptor
    }

    /// Returns all that the image is made of, each once: layers, configs, manifests, and the index
    /// last, so that nothing is named before it is there.
    pub fn blobs(&self) -> Vec<&Blob> {
        let platforms = || self.platforms.iter();
        let layers =
            platforms().flat_map(|platform| platform.layers.iter().map(|layer| &layer.blob));
        let mut seen = BTreeSet::new();
        layers
            .chain(platforms().map(|platform| &platform.config))
            .chain(platforms().map(|platform| &platform.manifest))
            .chain(&self.index)
            .filter(|blob| seen.insert(blob.descriptor.digest))
            .collect()
    }

    /// Returns what the image is known by: the index, or the only manifest.
    pub fn root_blob(&self) -> &Blob {
        self.index
            .as_ref()
            .unwrap_or_else(|| &self.platforms[0].manifest)
    }
}
