//! The files of a release as one OCI artifact, as `oras push` makes them and `oras pull` reads them.
//!
//! image-spec v1.1, `manifest.md`, "Guidelines for Artifact Usage".

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{Blob, MediaType, canonical_json};

/// What such an artifact is.
const RELEASE_TYPE: &str = "application/vnd.coracle.dist.v1";

/// By which readers find the name of a file.
const TITLE: &str = "org.opencontainers.image.title";

/// What every manifest of an artifact has for a configuration.
const EMPTY: &[u8] = b"{}";

/// A file of a release.
#[derive(Debug, Clone)]
pub struct ReleaseFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub blob: Blob,
}

/// An artifact, ready for a registry.
#[derive(Debug, Clone)]
pub struct ReleaseArtifact {
    /// Its configuration and its files.
    pub blobs: Vec<Blob>,
    /// What names them.
    pub manifest: Blob,
}

impl ReleaseArtifact {
    /// Makes an artifact of `files`, one layer each, of which `annotations` are said. The bytes are the same
    /// each time, in whichever order the files come.
    pub fn new(mut files: Vec<ReleaseFile>, annotations: &BTreeMap<String, String>) -> Self {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let config = Blob::of_bytes(MediaType::Empty, EMPTY.to_vec());
        let layers: Vec<Value> = files.iter().map(layer).collect();
        let manifest = canonical_json(&json!({
            "schemaVersion": 2,
            "mediaType": MediaType::Manifest,
            "artifactType": RELEASE_TYPE,
            "config": config.descriptor,
            "layers": layers,
            "annotations": annotations,
        }));
        let files = files.into_iter().map(|file| file.blob);
        Self {
            blobs: std::iter::once(config).chain(files).collect(),
            manifest: Blob::of_bytes(MediaType::Manifest, manifest),
        }
    }
}

fn layer(file: &ReleaseFile) -> Value {
    let descriptor = &file.blob.descriptor;
    json!({
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size_bytes,
        "annotations": { TITLE: file.name },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> ReleaseFile {
        let media_type = MediaType::Other("application/gzip".to_owned());
        ReleaseFile {
            name: name.to_owned(),
            blob: Blob::of_bytes(media_type, name.into()),
        }
    }

    #[test]
    fn the_order_in_which_files_are_made_is_nowhere() {
        let annotations = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
        let one = ReleaseArtifact::new(vec![file("a"), file("b")], &annotations);
        let other = ReleaseArtifact::new(vec![file("b"), file("a")], &annotations);
        assert_eq!(one.manifest.descriptor, other.manifest.descriptor);
        let mut bytes = Vec::new();
        std::io::copy(&mut one.manifest.open().unwrap(), &mut bytes).unwrap();
        let manifest: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(manifest["artifactType"], RELEASE_TYPE);
        assert_eq!(manifest["layers"][0]["annotations"][TITLE], "a");
        assert_eq!(manifest["config"]["size"], 2);
        assert_eq!(one.blobs.len(), 3);
    }
}
