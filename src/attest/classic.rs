//! Signatures as cosign before version 3 wrote them: a tag beside the image, whose manifest has a
//! layer for each signature.
//!
//! cosign's `specs/SIGNATURE_SPEC.md`; what of it is really written, `docs/signing.md` says.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::PublicKey;
use super::classic_manifest::ClassicManifest;
use crate::model::{
    Blob, Descriptor, Digest, MediaType, Repository, Tag, TagError, canonical_json,
};

const PAYLOAD_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const KIND: &str = "cosign container image signature";

/// What is signed of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicPayload {
    /// The image.
    pub digest: Digest,
    /// Where it is, which nobody checks.
    pub repository: String,
    /// What the signer adds.
    pub annotations: BTreeMap<String, String>,
}

/// The signatures of one image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassicSignatures(ClassicManifest);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicSignature {
    /// Where its payload is.
    pub payload: Descriptor,
    /// The signature under the payload, in ASN.1.
    pub signature: Vec<u8>,
}

/// Why a payload is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ClassicPayloadError {
    /// It is something else.
    #[error("it is no payload of a signature")]
    Form(#[from] serde_json::Error),
    /// It is a payload of something else.
    #[error("it is a {0:?}, expected a {KIND:?}")]
    Kind(String),
}

#[derive(Serialize, Deserialize)]
struct Payload {
    critical: Critical,
    optional: Option<BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Serialize, Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: Digest,
}

impl ClassicPayload {
    /// Names the image of `digest` in `repository`.
    pub fn new(
        digest: Digest,
        repository: &Repository,
        annotations: BTreeMap<String, String>,
    ) -> Self {
        Self {
            digest,
            repository: repository.to_string(),
            annotations,
        }
    }

    /// Returns the bytes that are signed, the same each time.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical_json(&json!(Payload {
            critical: Critical {
                identity: Identity {
                    reference: self.repository.clone(),
                },
                image: Image {
                    digest: self.digest,
                },
                kind: KIND.to_owned(),
            },
            optional: (!self.annotations.is_empty()).then(|| self.annotations.clone()),
        }))
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, ClassicPayloadError> {
        let Payload { critical, optional } = serde_json::from_slice(bytes)?;
        if critical.kind != KIND {
            return Err(ClassicPayloadError::Kind(critical.kind));
        }
        Ok(Self {
            digest: critical.image.digest,
            repository: critical.identity.reference,
            annotations: optional.unwrap_or_default(),
        })
    }

    /// Returns the blob that is signed.
    pub fn blob(&self) -> Blob {
        let media_type = MediaType::Other(PAYLOAD_TYPE.to_owned());
        Blob::of_bytes(media_type, self.to_bytes())
    }
}

impl ClassicSignatures {
    /// Returns the tag that the signatures of `subject` have.
    ///
    /// # Errors
    /// None: the text is always a tag.
    pub fn tag(subject: Digest) -> Result<Tag, TagError> {
        ClassicManifest::tag(subject, "sig")
    }

    /// Reads the manifest of that tag; what is no signature in it is kept as it is.
    ///
    /// # Errors
    /// When it is no manifest.
    pub fn parse(manifest: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(manifest).map(Self)
    }

    /// Returns what of it can be checked.
    pub fn signatures(&self) -> Vec<ClassicSignature> {
        let layers = self.0.layers.iter();
        layers
            .filter_map(|layer| {
                let payload = Descriptor::deserialize(layer).ok()?;
                let signature = layer["annotations"][SIGNATURE].as_str()?;
                Some(ClassicSignature {
                    payload,
                    signature: STANDARD.decode(signature).ok()?,
                })
            })
            .collect()
    }

    /// Adds a signature under `payload`, after those that are there.
    #[must_use]
    pub fn with(self, payload: &Descriptor, signature: &[u8]) -> Self {
        let annotations = json!({ SIGNATURE: STANDARD.encode(signature) });
        Self(self.0.with(payload, annotations))
    }

    /// Returns the configuration and the manifest of the tag.
    pub fn to_blobs(&self) -> (Blob, Blob) {
        self.0.to_blobs()
    }
}

impl ClassicSignature {
    /// Tells whether `key` has signed `payload`.
    pub fn is_by(&self, key: &PublicKey, payload: &[u8]) -> bool {
        key.verifies(payload, &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_written_as_cosign_writes_it() {
        let repository = "registry.example.com/team/server".parse().unwrap();
        let digest = Digest::of(b"image");
        let payload = ClassicPayload::new(digest, &repository, BTreeMap::new());
        let bytes = payload.to_bytes();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            format!(
                "{{\"critical\":{{\"identity\":{{\"docker-reference\":\"{repository}\"}},\
                 \"image\":{{\"docker-manifest-digest\":\"{digest}\"}},\
                 \"type\":\"cosign container image signature\"}}}}"
            )
        );
        assert_eq!(ClassicPayload::parse(&bytes).unwrap(), payload);
    }

    #[test]
    fn a_further_signature_leaves_the_first_alone() {
        let payload = |text: &[u8]| Descriptor::of(MediaType::Other("p".to_owned()), text);
        let one = ClassicSignatures::default().with(&payload(b"1"), b"one");
        let (_, manifest) = one.with(&payload(b"2"), b"two").to_blobs();
        let mut bytes = Vec::new();
        std::io::copy(&mut manifest.open().unwrap(), &mut bytes).unwrap();
        let found = ClassicSignatures::parse(&bytes).unwrap().signatures();
        let found: Vec<&[u8]> = found.iter().map(|it| it.signature.as_slice()).collect();
        assert_eq!(found, [b"one", b"two"]);
    }
}
