//! What names a blob or a manifest, image-spec v1.1, `descriptor.md`.

use serde::{Deserialize, Serialize};

use super::{Digest, MediaType};

/// The type, digest and size of stored bytes.
///
/// ```
/// # use coracle::model::{Descriptor, MediaType};
/// let config = Descriptor::of(MediaType::Config, b"{}");
/// assert_eq!(config.size_bytes, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The type of the bytes.
    #[serde(rename = "mediaType")]
    pub media_type: MediaType,
    /// The digest of the bytes as they are stored.
    pub digest: Digest,
    /// The number of the bytes.
    #[serde(rename = "size")]
    pub size_bytes: u64,
}

impl Descriptor {
    /// Describes `bytes`.
    pub fn of(media_type: MediaType, bytes: &[u8]) -> Self {
        Self {
            media_type,
            digest: Digest::of(bytes),
            size_bytes: bytes.len() as u64,
        }
    }
}
