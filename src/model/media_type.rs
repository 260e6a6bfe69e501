//! Media types, image-spec v1.1, `media-types.md`, and Docker's of schema 2.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The media type of a blob or a manifest.
///
/// ```
/// # use coracle::model::MediaType;
/// let layer: MediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip".parse().unwrap();
/// assert_eq!(layer, MediaType::DockerLayerGzip);
/// assert_eq!(layer.to_string(), "application/vnd.docker.image.rootfs.diff.tar.gzip");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MediaType {
    /// An OCI image index.
    Index,
    /// An OCI image manifest.
    Manifest,
    /// An OCI image configuration.
    Config,
    /// An OCI layer, an uncompressed tar.
    Layer,
    /// An OCI layer, a tar compressed by gzip.
    LayerGzip,
    /// An OCI layer, a tar compressed by zstd.
    LayerZstd,
    /// The OCI empty descriptor's type.
    Empty,
    /// Docker's manifest list.
    DockerManifestList,
    /// Docker's manifest, schema 2.
    DockerManifest,
    /// Docker's image configuration.
    DockerConfig,
    /// Docker's layer, a tar compressed by gzip.
    DockerLayerGzip,
    /// Any other type, kept as it was read.
    Other(String),
}

const NAMES: [(MediaType, &str); 11] = [
    (MediaType::Index, "application/vnd.oci.image.index.v1+json"),
    (
        MediaType::Manifest,
        "application/vnd.oci.image.manifest.v1+json",
    ),
    (
        MediaType::Config,
        "application/vnd.oci.image.config.v1+json",
    ),
    (MediaType::Layer, "application/vnd.oci.image.layer.v1.tar"),
    (
        MediaType::LayerGzip,
        "application/vnd.oci.image.layer.v1.tar+gzip",
    ),
    (
        MediaType::LayerZstd,
        "application/vnd.oci.image.layer.v1.tar+zstd",
    ),
    (MediaType::Empty, "application/vnd.oci.empty.v1+json"),
    (
        MediaType::DockerManifestList,
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ),
    (
        MediaType::DockerManifest,
        "application/vnd.docker.distribution.manifest.v2+json",
    ),
    (
        MediaType::DockerConfig,
        "application/vnd.docker.container.image.v1+json",
    ),
    (
        MediaType::DockerLayerGzip,
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ),
];

impl MediaType {
    /// The types to accept when a manifest or an index is asked for.
    pub const MANIFESTS: [Self; 4] = [
        Self::Index,
        Self::Manifest,
        Self::DockerManifestList,
        Self::DockerManifest,
    ];

    /// Returns the registered name.
    pub fn as_str(&self) -> &str {
        if let Self::Other(name) = self {
            return name;
        }
        NAMES
            .iter()
            .find(|(known, _)| known == self)
            .map_or("", |(_, name)| name)
    }

    /// Tells whether this is an index of several platforms, OCI's or Docker's.
    pub fn is_index(&self) -> bool {
        matches!(self, Self::Index | Self::DockerManifestList)
    }

    /// Tells whether this is the manifest of one platform, OCI's or Docker's.
    pub fn is_manifest(&self) -> bool {
        matches!(self, Self::Manifest | Self::DockerManifest)
    }

    /// Tells whether this is the configuration of an image, OCI's or Docker's.
    pub fn is_config(&self) -> bool {
        matches!(self, Self::Config | Self::DockerConfig)
    }

    /// Tells whether this is a layer that an image of ours can stand on.
    pub fn is_layer(&self) -> bool {
        matches!(
            self,
            Self::Layer | Self::LayerGzip | Self::LayerZstd | Self::DockerLayerGzip
        )
    }

    /// Returns the OCI type of the same content: the two differ in name only.
    #[must_use]
    pub fn to_oci(&self) -> Self {
        match self {
            Self::DockerManifestList => Self::Index,
            Self::DockerManifest => Self::Manifest,
            Self::DockerConfig => Self::Config,
            Self::DockerLayerGzip => Self::LayerGzip,
            other => other.clone(),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<String> for MediaType {
    fn from(text: String) -> Self {
        NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map_or(Self::Other(text), |(known, _)| known.clone())
    }
}

impl FromStr for MediaType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text.to_owned()))
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_type_survives_a_round_trip() {
        for (known, name) in NAMES {
            assert_eq!(name.parse(), Ok(known.clone()));
            assert_eq!(known.as_str(), name);
        }
        let other: MediaType = "text/plain".parse().unwrap();
        assert_eq!(other.as_str(), "text/plain");
    }
}
