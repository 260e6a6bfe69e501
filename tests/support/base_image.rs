//! Images that others can be built on.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::registry::{FakeRegistry, digest_of};

/// The media type of an OCI image's manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of an OCI index.
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The names of the parts of an image.
#[derive(Clone, Copy, Debug)]
struct MediaTypes {
    manifest: &'static str,
    config: &'static str,
    layer: &'static str,
}

const OCI: MediaTypes = MediaTypes {
    manifest: MANIFEST,
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

const DOCKER: MediaTypes = MediaTypes {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};

/// An image of one platform with one layer; a test may change its parts before it is put somewhere.
#[derive(Clone, Debug)]
pub(crate) struct BaseImage {
    media_types: MediaTypes,
    platform: (String, String),
    /// The layer, compressed.
    pub(crate) layer: Vec<u8>,
    /// The configuration.
    pub(crate) config: Value,
}

impl BaseImage {
    /// Returns an image for `OS/ARCHITECTURE` that holds `files`, names with contents.
    pub(crate) fn new(platform: &str, files: &[(&str, &str)]) -> Self {
        let (os, architecture) = platform.split_once('/').expect("OS/ARCHITECTURE");
        Self::of_tar(os, architecture, &tar_of(files))
    }

    /// Returns an image whose layer is this tar.
    pub(crate) fn of_tar(os: &str, architecture: &str, tar: &[u8]) -> Self {
        let config = json!({
            "os": os,
            "architecture": architecture,
            "config": {"Env": ["PATH=/base/bin", "FROM=base"], "Labels": {"base": "yes"}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]},
        });
        Self {
            media_types: OCI,
            platform: (os.to_owned(), architecture.to_owned()),
            layer: gzip(tar),
            config,
        }
    }

    /// Calls its parts as docker does.
    pub(crate) fn docker(self) -> Self {
        Self {
            media_types: DOCKER,
            ..self
        }
    }

    /// Returns the bytes of the configuration.
    pub(crate) fn config_bytes(&self) -> Vec<u8> {
        self.config.to_string().into_bytes()
    }

    /// Returns the manifest.
    pub(crate) fn manifest(&self) -> Value {
        let descriptor = |media_type: &str, bytes: &[u8]| json!({"mediaType": media_type, "digest": digest_of(bytes), "size": bytes.len()});
        json!({
            "schemaVersion": 2,
            "mediaType": self.media_types.manifest,
            "config": descriptor(self.media_types.config, &self.config_bytes()),
            "layers": [descriptor(self.media_types.layer, &self.layer)],
        })
    }

    /// Puts it into a repository under a tag, and returns its digest.
    pub(crate) fn put(&self, registry: &FakeRegistry, repository: &str, tag: &str) -> String {
        self.put_with_manifest(registry, repository, tag, &self.manifest())
    }

    /// Puts it into a repository under a tag with a manifest that says something else.
    pub(crate) fn put_with_manifest(
        &self,
        registry: &FakeRegistry,
        repository: &str,
        tag: &str,
        manifest: &Value,
    ) -> String {
        registry.put_blob(repository, self.config_bytes());
        registry.put_blob(repository, self.layer.clone());
        registry.put_manifest(repository, tag, self.media_types.manifest, manifest)
    }

    /// Puts it into a repository, and returns how an index names it there.
    fn put_child(&self, registry: &FakeRegistry, repository: &str) -> Value {
        let (os, architecture) = &self.platform;
        let digest = self.put(registry, repository, architecture);
        json!({
            "mediaType": self.media_types.manifest,
            "digest": digest,
            "size": self.manifest().to_string().len(),
            "platform": {"os": os, "architecture": architecture},
        })
    }
}

/// Returns an index over images that are put into the same repository.
pub(crate) fn index_of(registry: &FakeRegistry, repository: &str, images: &[BaseImage]) -> Value {
    let children: Vec<Value> = images
        .iter()
        .map(|image| image.put_child(registry, repository))
        .collect();
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children})
}

/// Puts an index over images into a repository under a tag, and returns its digest.
pub(crate) fn put_index(
    registry: &FakeRegistry,
    repository: &str,
    tag: &str,
    images: &[BaseImage],
) -> String {
    let index = index_of(registry, repository, images);
    registry.put_manifest(repository, tag, INDEX, &index)
}

fn tar_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, content.as_bytes())
            .expect("an entry");
    }
    tar.into_inner().expect("a tar")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("bytes to compress");
    encoder.finish().expect("a gzip member")
}
