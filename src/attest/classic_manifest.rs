//! The manifest of a tag beside an image, as cosign before version 3 writes it: a layer for each thing
//! that is said.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{Blob, Descriptor, Digest, MediaType, Tag, TagError, canonical_json};

/// What is said of one image. What is not understood of it is kept as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct ClassicManifest {
    pub(super) layers: Vec<Value>,
}

impl ClassicManifest {
    /// Returns the tag beside the image `subject` that ends in `end`.
    pub(super) fn tag(subject: Digest, end: &str) -> Result<Tag, TagError> {
        format!("sha256-{}.{end}", subject.to_hex()).parse()
    }

    /// Adds a layer, after those that are there.
    #[must_use]
    pub(super) fn with(mut self, content: &Descriptor, annotations: Value) -> Self {
        let mut layer = json!(content);
        layer["annotations"] = annotations;
        self.layers.push(layer);
        self
    }

    /// Returns the configuration and the manifest.
    pub(super) fn to_blobs(&self) -> (Blob, Blob) {
        const NEVER: &str = "0001-01-01T00:00:00Z";
        let layers = &self.layers;
        let diff_ids: Vec<&Value> = layers.iter().map(|layer| &layer["digest"]).collect();
        let history = diff_ids.iter().map(|_| json!({ "created": NEVER }));
        let config = canonical_json(&json!({
            "architecture": "",
            "os": "",
            "created": NEVER,
            "config": {},
            "history": history.collect::<Vec<_>>(),
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        }));
        let config = Blob::of_bytes(MediaType::Config, config);
        let manifest = canonical_json(&json!({
            "schemaVersion": 2,
            "mediaType": MediaType::Manifest,
            "config": config.descriptor,
            "layers": layers,
        }));
        (config, Blob::of_bytes(MediaType::Manifest, manifest))
    }
}
