//! Manifests and indexes of others, as they were stored: image-spec v1.1, `manifest.md` and
//! `image-index.md`, and Docker's schema 2.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Descriptor, MediaType, Platform};

/// What the bytes of a manifest or an index say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredManifest {
    /// An image for one platform.
    Image {
        /// Its configuration.
        config: Descriptor,
        /// Its layers, the lowest first.
        layers: Vec<Descriptor>,
        /// Its annotations.
        annotations: BTreeMap<String, String>,
    },
    /// An index over images and what belongs to them.
    Index {
        /// What it names, in its order, which decides among equals.
        entries: Vec<IndexEntry>,
        /// Its annotations.
        annotations: BTreeMap<String, String>,
    },
}

/// What an index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its manifest, or another index.
    pub manifest: Descriptor,
    /// What it runs on; none where it is no image for a known platform, such as an attestation.
    pub platform: Option<Platform>,
    /// The annotations of the index for it.
    pub annotations: BTreeMap<String, String>,
}

/// Why bytes are no manifest that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredManifestError {
    /// They are not the JSON that they should be.
    #[error("it is not a manifest: {0}")]
    Json(String),
    /// They are both, so that each reader may see another image.
    #[error("it is a manifest and an index at once")]
    Both,
    /// They are neither.
    #[error(
        "its media type is {0}, expected an image's manifest or index, OCI's or Docker's of schema 2"
    )]
    Kind(MediaType),
    /// They say one thing, and who named them another.
    #[error("it says that its media type is {own}, and it is served as {named}")]
    MediaType {
        /// What they say.
        own: MediaType,
        /// What it is called by the descriptor or the `Content-Type`.
        named: MediaType,
    },
}

impl StoredManifest {
    /// Reads `bytes`, which a descriptor or an answer called `named`.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn parse(bytes: &[u8], named: Option<&MediaType>) -> Result<Self, StoredManifestError> {
        let raw: RawManifest = serde_json::from_slice(bytes)
            .map_err(|error| StoredManifestError::Json(error.to_string()))?;
        if let (Some(own), Some(named)) = (&raw.media_type, named)
            && own != named
        {
            return Err(StoredManifestError::MediaType {
                own: own.clone(),
                named: named.clone(),
            });
        }
        let kind = raw.media_type.as_ref().or(named).cloned();
        let (is_image, is_index) = match &kind {
            Some(kind) => (kind.is_manifest(), kind.is_index()),
            None => (true, true),
        };
        let annotations = raw.annotations.unwrap_or_default();
        match (raw.config, raw.layers, raw.manifests) {
            (None, None, Some(manifests)) if is_index => Ok(Self::Index {
                entries: manifests.into_iter().map(RawEntry::into_entry).collect(),
                annotations,
            }),
            (Some(config), Some(layers), None) if is_image => Ok(Self::Image {
                config,
                layers,
                annotations,
            }),
            (config, layers, Some(_)) if config.is_some() || layers.is_some() => {
                Err(StoredManifestError::Both)
            }
            _ => Err(StoredManifestError::Kind(
                kind.unwrap_or(MediaType::Other("unknown".to_owned())),
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    media_type: Option<MediaType>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<RawEntry>>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct RawEntry {
    #[serde(flatten)]
    manifest: Descriptor,
    platform: Option<RawPlatform>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct RawPlatform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl RawEntry {
    fn into_entry(self) -> IndexEntry {
        let is_image = self.manifest.media_type.is_manifest();
        let platform = self.platform.filter(|_| is_image);
        IndexEntry {
            platform: platform.and_then(RawPlatform::into_platform),
            manifest: self.manifest,
            annotations: self.annotations.unwrap_or_default(),
        }
    }
}

impl RawPlatform {
    fn into_platform(self) -> Option<Platform> {
        let platform = platform_of(&self.os, &self.architecture, self.variant.as_deref());
        platform.filter(|platform| platform.os() != "unknown")
    }
}

/// Joins the three words of a platform, of which the last may be empty.
pub(super) fn platform_of(os: &str, architecture: &str, variant: Option<&str>) -> Option<Platform> {
    let variant = variant.filter(|variant| !variant.is_empty());
    let text = match variant {
        Some(variant) => format!("{os}/{architecture}/{variant}"),
        None => format!("{os}/{architecture}"),
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn descriptor(media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": format!("sha256:{}", "0".repeat(64)), "size": 2})
    }

    fn entry(os: &str, architecture: &str, variant: &str) -> Value {
        let mut entry = descriptor(MediaType::Manifest.as_str());
        entry["platform"] = json!({"os": os, "architecture": architecture, "variant": variant});
        entry
    }

    fn parse(
        json: &Value,
        named: Option<&MediaType>,
    ) -> Result<StoredManifest, StoredManifestError> {
        StoredManifest::parse(json.to_string().as_bytes(), named)
    }

    #[test]
    fn an_index_tells_its_images_from_what_else_it_names() {
        let mut attestation = entry("unknown", "unknown", "");
        attestation["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
        let artifact = descriptor(MediaType::Manifest.as_str());
        let nested = {
            let mut nested = entry("linux", "amd64", "");
            nested["mediaType"] = json!(MediaType::Index.as_str());
            nested
        };
        let index = json!({"schemaVersion": 2, "manifests": [
            entry("linux", "amd64", ""), attestation, artifact, nested, entry("linux", "arm", "v7"),
        ]});
        let Ok(StoredManifest::Index { entries, .. }) = parse(&index, None) else {
            panic!("it is an index");
        };
        let platforms: Vec<Option<String>> = entries
            .iter()
            .map(|entry| entry.platform.as_ref().map(ToString::to_string))
            .collect();
        let known = |name: &str| Some(name.to_owned());
        assert_eq!(
            platforms,
            [
                known("linux/amd64"),
                None,
                None,
                None,
                known("linux/arm/v7")
            ]
        );
        let reference_type = entries[1].annotations.get("vnd.docker.reference.type");
        assert_eq!(
            reference_type.map(String::as_str),
            Some("attestation-manifest")
        );
    }

    #[test]
    fn a_manifest_is_config_and_layers_whoever_names_its_type() {
        let config = descriptor(MediaType::DockerConfig.as_str());
        let bare = json!({"schemaVersion": 2, "config": config, "layers": []});
        assert!(matches!(
            parse(&bare, None),
            Ok(StoredManifest::Image { .. })
        ));
        let named = parse(&bare, Some(&MediaType::DockerManifest));
        assert!(matches!(named, Ok(StoredManifest::Image { .. })));
        assert!(parse(&bare, Some(&MediaType::Index)).is_err());
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let config = descriptor(MediaType::Config.as_str());
        let both = json!({"config": config, "layers": [], "manifests": []});
        assert_eq!(parse(&both, None), Err(StoredManifestError::Both));
        let own = json!({"mediaType": MediaType::Index.as_str(), "manifests": []});
        let disputed = parse(&own, Some(&MediaType::Manifest));
        assert!(matches!(
            disputed,
            Err(StoredManifestError::MediaType { .. })
        ));
        let schema_1 = json!({"schemaVersion": 1, "fsLayers": []});
        let old: MediaType = "application/vnd.docker.distribution.manifest.v1+json"
            .parse()
            .unwrap();
        assert_eq!(
            parse(&schema_1, Some(&old)),
            Err(StoredManifestError::Kind(old))
        );
        assert!(matches!(
            StoredManifest::parse(b"<html>", None),
            Err(StoredManifestError::Json(_))
        ));
    }
}
