//! Manifests and indexes, image-spec v1.1, `manifest.md` and `image-index.md`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::PlatformImage;
use crate::model::{Blob, Descriptor, MediaType, Platform};

/// Returns the manifest of an image.
pub(super) fn manifest<'a>(
    config: &Blob,
    layers: impl Iterator<Item = &'a Descriptor>,
    annotations: &BTreeMap<String, String>,
) -> Value {
    json!({
        "annotations": present(annotations),
        "config": config.descriptor,
        "layers": layers.collect::<Vec<_>>(),
        "mediaType": MediaType::Manifest,
        "schemaVersion": 2,
    })
}

/// Returns the index over the images of several platforms, in their order: among equals, the first
/// counts.
pub(super) fn index(platforms: &[PlatformImage], annotations: &BTreeMap<String, String>) -> Value {
    let manifests: Vec<Value> = platforms
        .iter()
        .map(|image| {
            // Without artifactType: there are tools that write the index anew when they see one.
            json!({
                "digest": image.manifest.descriptor.digest,
                "mediaType": image.manifest.descriptor.media_type,
                "platform": platform(&image.platform),
                "size": image.manifest.descriptor.size_bytes,
            })
        })
        .collect();
    json!({
        "annotations": present(annotations),
        "manifests": manifests,
        "mediaType": MediaType::Index,
        "schemaVersion": 2,
    })
}

fn platform(platform: &Platform) -> Value {
    json!({
        "architecture": platform.arch(),
        "os": platform.os(),
        "variant": platform.variant(),
    })
}

fn present(annotations: &BTreeMap<String, String>) -> Option<&BTreeMap<String, String>> {
    (!annotations.is_empty()).then_some(annotations)
}
