//! What hangs on an image, as its manifest tells it.

use serde::Deserialize;

use super::bundle::BUNDLE_TYPE_PREFIX;
use crate::model::{Descriptor, Digest};

/// An artifact of a registry: image-spec v1.1, `manifest.md`, "Guidelines for Artifact Usage".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArtifact {
    /// What it is called: its own type, else that of its configuration.
    pub artifact_type: Option<String>,
    /// What it refers to, where it says so.
    pub subject: Option<Digest>,
    /// The bundle in it, where it holds one, whatever it is called: readers decide by the only layer.
    pub bundle: Option<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    config: Option<Config>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    subject: Option<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    media_type: String,
}

impl StoredArtifact {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(manifest: &[u8]) -> Result<Self, serde_json::Error> {
        let read: Read = serde_json::from_slice(manifest)?;
        let config = read.config.map(|config| config.media_type);
        let named = read.artifact_type.filter(|named| !named.is_empty());
        let layer = <[Descriptor; 1]>::try_from(read.layers).ok();
        Ok(Self {
            artifact_type: named.or(config),
            subject: read.subject.map(|subject| subject.digest),
            bundle: layer
                .map(|[layer]| layer)
                .filter(|layer| layer.media_type.as_str().starts_with(BUNDLE_TYPE_PREFIX)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifact_is_what_its_only_layer_is() {
        let digest = Digest::of(b"bundle");
        let layer = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","digest":"{digest}","size":6}}"#
        );
        let of = |layers: &str, rest: &str| {
            let text = format!(r#"{{"config":{{"mediaType":"c"}},"layers":[{layers}]{rest}}}"#);
            StoredArtifact::parse(text.as_bytes()).unwrap()
        };
        let one = of(&layer, r#","artifactType":"a""#);
        assert_eq!(one.artifact_type.as_deref(), Some("a"));
        assert_eq!(one.bundle.map(|it| it.digest), Some(digest));
        let two = of(&format!("{layer},{layer}"), r#","artifactType":"""#);
        assert_eq!(two.artifact_type.as_deref(), Some("c"));
        assert_eq!(two.bundle, None);
        let subject = layer.replace("sigstore", "other");
        let other = of(&subject, &format!(r#","subject":{subject}"#));
        assert_eq!((other.bundle, other.subject), (None, Some(digest)));
        assert!(StoredArtifact::parse(&b"[".repeat(200_000)).is_err());
    }
}
