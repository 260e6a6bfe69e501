//! What hangs on an image in a registry: an OCI artifact with a subject.
//!
//! image-spec v1.1, `manifest.md`, "Guidelines for Artifact Usage".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::bundle::{BUNDLE_TYPE, BUNDLE_TYPE_PREFIX};
use super::{Bundle, PredicateType};
use crate::model::{Blob, Descriptor, MediaType, canonical_json};

/// What every manifest of an artifact has for a configuration.
const EMPTY: &[u8] = b"{}";

/// By which readers find the kind of a statement without fetching it.
pub const PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";
const CONTENT: &str = "dev.sigstore.bundle.content";
const CREATED: &str = "org.opencontainers.image.created";

/// When every artifact was created: a clock would make the same signature another artifact each
/// time.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// An artifact, ready for a registry.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// What it is.
    pub artifact_type: String,
    /// What is said of it where artifacts are listed.
    pub annotations: BTreeMap<String, String>,
    /// Its configuration and its content.
    pub blobs: Vec<Blob>,
    /// What names them, and the image.
    pub manifest: Blob,
}

#[derive(Deserialize)]
struct Read {
    layers: Vec<Descriptor>,
}

impl Artifact {
    /// Hangs `bundle`, whose statement is of `predicate_type`, onto `subject`. The bytes are the same
    /// each time.
    pub fn of_bundle(
        bundle: &Bundle,
        predicate_type: &PredicateType,
        subject: &Descriptor,
    ) -> Self {
        let config = Blob::of_bytes(MediaType::Empty, EMPTY.to_vec());
        let media_type = MediaType::Other(BUNDLE_TYPE.to_owned());
        let content = Blob::of_bytes(media_type, bundle.to_bytes());
        let annotations = BTreeMap::from(
            [
                (CONTENT, "dsse-envelope"),
                (PREDICATE_TYPE, predicate_type.as_str()),
                (CREATED, EPOCH),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        let manifest = canonical_json(&json!({
            "schemaVersion": 2,
            "mediaType": MediaType::Manifest,
            "artifactType": BUNDLE_TYPE,
            "config": config.descriptor,
            "layers": [content.descriptor],
            "subject": subject,
            "annotations": annotations,
        }));
        Self {
            artifact_type: BUNDLE_TYPE.to_owned(),
            annotations,
            blobs: vec![config, content],
            manifest: Blob::of_bytes(MediaType::Manifest, manifest),
        }
    }

    /// Returns the bundle that the artifact of this manifest holds, whatever the artifact is called:
    /// readers decide by the only layer.
    pub fn bundle_in(manifest: &[u8]) -> Option<Descriptor> {
        let read: Read = serde_json::from_slice(manifest).ok()?;
        let [layer] = <[Descriptor; 1]>::try_from(read.layers).ok()?;
        let is_bundle = layer.media_type.as_str().starts_with(BUNDLE_TYPE_PREFIX);
        is_bundle.then_some(layer)
    }

    /// Returns what it is called by.
    pub fn descriptor(&self) -> &Descriptor {
        &self.manifest.descriptor
    }
}
