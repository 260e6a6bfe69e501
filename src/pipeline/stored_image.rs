//! Reading an image that is there already, and believing nothing but its digests.

use std::collections::BTreeMap;
use std::io::Read as _;

use crate::image::{IndexEntry, StoredConfig, StoredManifest};
use crate::layers::{VisitEntry, WalkedLayer, walk_layer};
use crate::model::{
    Blob, BuildError, Cancellation, Descriptor, DiffId, Digest, Phase, Platform, Work, limits,
};
use crate::ports::{EventSink, ImageReader, Progress};

/// What is read, and who listens.
#[derive(Clone, Copy)]
pub(super) struct StoredImageReader<'a> {
    pub(super) reader: &'a dyn ImageReader,
    /// The image as it was named.
    pub(super) name: &'a str,
    /// The only platform that is wanted, where not all are.
    pub(super) platform: Option<&'a Platform>,
    pub(super) events: &'a dyn EventSink,
    pub(super) cancellation: &'a Cancellation,
}

/// What the manifests of an image say.
pub(super) struct StoredImages {
    /// What the image is known by.
    pub(super) root: Descriptor,
    /// Annotations of the index, where it is one.
    pub(super) annotations: BTreeMap<String, String>,
    /// The images that are wanted, in the order of the index.
    pub(super) images: Vec<StoredImage>,
    /// What else an index names.
    pub(super) others: Vec<IndexEntry>,
}

/// The image of one platform.
pub(super) struct StoredImage {
    pub(super) manifest: Descriptor,
    pub(super) config_digest: Digest,
    pub(super) config: StoredConfig,
    pub(super) layers: Vec<Descriptor>,
    pub(super) annotations: BTreeMap<String, String>,
}

impl StoredImageReader<'_> {
    /// Reads the manifests and configurations.
    pub(super) fn read(&self) -> Result<StoredImages, BuildError> {
        let root = self.reader.root()?;
        let mut found = StoredImages {
            root: root.descriptor.clone(),
            annotations: BTreeMap::new(),
            images: Vec::new(),
            others: Vec::new(),
        };
        let mut passed_by = Vec::new();
        match self.manifest(&root)? {
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
                    let blob = self.reader.blob(&entry.manifest)?;
                    let manifest = self.manifest(&blob)?;
                    let image = self.image(&entry.manifest, manifest, &mut passed_by)?;
                    found.images.extend(image);
                }
            }
            manifest @ StoredManifest::Image { .. } => {
                let image = self.image(&root.descriptor, manifest, &mut passed_by)?;
                found.images.extend(image);
            }
        }
        match self.platform {
            Some(platform) if found.images.is_empty() => Err(self.lacks(platform, &passed_by)),
            _ => Ok(found),
        }
    }

    /// Reads a configuration; `None` for an index in an index, and for a platform that nobody asked
    /// for.
    fn image(
        &self,
        descriptor: &Descriptor,
        manifest: StoredManifest,
        passed_by: &mut Vec<String>,
    ) -> Result<Option<StoredImage>, BuildError> {
        let StoredManifest::Image {
            config,
            layers,
            annotations,
        } = manifest
        else {
            return Ok(None);
        };
        let bytes = self.bytes(&self.reader.blob(&config)?, limits::CONFIG_BYTES)?;
        let stored =
            StoredConfig::parse(&bytes).map_err(|error| self.wrong(&config).because(error))?;
        let is_wanted = |wanted| stored.platform.covers(wanted);
        if !self.platform.is_none_or(is_wanted) {
            passed_by.push(stored.platform.to_string());
            return Ok(None);
        }
        Ok(Some(StoredImage {
            manifest: descriptor.clone(),
            config_digest: config.digest,
            config: stored,
            layers,
            annotations,
        }))
    }

    /// Reads the layer `number` of `image` to its last byte.
    pub(super) fn walk(
        &self,
        image: &StoredImage,
        number: usize,
        visit: &mut VisitEntry<'_>,
    ) -> Result<WalkedLayer, BuildError> {
        let layer = &image.layers[number];
        let blob = self.reader.blob(layer)?;
        let work = Work::new(Phase::Inspect, format!("layer {}", layer.digest));
        let progress = Progress::start(self.events, work, Some(layer.size_bytes));
        let advance = |bytes| progress.advance(bytes);
        let walked = walk_layer(&blob, self.cancellation, &advance, visit)
            .map_err(|error| self.wrong(layer).because(error))?;
        match image.config.diff_ids.get(number) {
            Some(expected) if *expected != walked.diff_id => Err(self
                .wrong(layer)
                .because(other_content(walked.diff_id, *expected))),
            _ => Ok(walked),
        }
    }

    fn manifest(&self, blob: &Blob) -> Result<StoredManifest, BuildError> {
        let bytes = self.bytes(blob, limits::MANIFEST_BYTES)?;
        StoredManifest::parse(&bytes, Some(&blob.descriptor.media_type))
            .map_err(|error| self.wrong(&blob.descriptor).because(error))
    }

    /// Reads a small blob, and compares it with its descriptor.
    fn bytes(&self, blob: &Blob, limit_bytes: u64) -> Result<Vec<u8>, BuildError> {
        let Descriptor {
            digest, size_bytes, ..
        } = blob.descriptor;
        let mut bytes = Vec::new();
        blob.open()
            .and_then(|reader| reader.take(limit_bytes + 1).read_to_end(&mut bytes))
            .map_err(|error| self.wrong(&blob.descriptor).because(error))?;
        let found = Digest::of(&bytes);
        if bytes.len() as u64 > limit_bytes {
            return Err(self
                .wrong(&blob.descriptor)
                .because(format!("it is longer than {limit_bytes} bytes")));
        }
        if (found, bytes.len() as u64) != (digest, size_bytes) {
            let message = format!(
                "it is {found} with {} bytes, expected {digest} with {size_bytes}",
                bytes.len()
            );
            return Err(self.wrong(&blob.descriptor).because(message));
        }
        Ok(bytes)
    }

    fn lacks(&self, platform: &Platform, passed_by: &[String]) -> BuildError {
        let message = format!("the image has no {platform}");
        let error = BuildError::new(Phase::Inspect, self.name, message);
        match passed_by {
            [] => error,
            some => error.hint(format!("it has {}", some.join(", "))),
        }
    }

    fn wrong(&self, descriptor: &Descriptor) -> BuildError {
        let what = format!("cannot use {} {}", descriptor.media_type, descriptor.digest);
        BuildError::new(Phase::Inspect, self.name, what)
    }
}

fn other_content(found: DiffId, expected: DiffId) -> String {
    format!("its content is {found}, and its configuration says {expected}")
}
