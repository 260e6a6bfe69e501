//! Statements as cosign before version 3 wrote them: a tag beside the image, whose manifest has a layer
//! for each.

use serde::Deserialize;
use serde_json::json;

use super::classic_manifest::ClassicManifest;
use super::{Envelope, PredicateType};
use crate::model::{Blob, Descriptor, Digest, MediaType, Tag, TagError, canonical_json};

const ENVELOPE_TYPE: &str = "application/vnd.dsse.envelope.v1+json";
/// Older cosign takes a layer without it for none; the signature itself is in the envelope.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const PREDICATE_TYPE: &str = "predicateType";

/// The statements about one image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassicAttestations(ClassicManifest);

impl ClassicAttestations {
    /// Returns the tag that the statements about `subject` have.
    ///
    /// # Errors
    /// None: the text is always a tag.
    pub fn tag(subject: Digest) -> Result<Tag, TagError> {
        ClassicManifest::tag(subject, "att")
    }

    /// Reads the manifest of that tag; what is no statement in it is kept as it is.
    ///
    /// # Errors
    /// When it is no manifest.
    pub fn parse(manifest: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(manifest).map(Self)
    }

    /// Returns the envelopes in it.
    pub fn envelopes(&self) -> Vec<Descriptor> {
        let layers = self.0.layers.iter();
        let envelopes = layers.filter_map(|layer| Descriptor::deserialize(layer).ok());
        envelopes
            .filter(|envelope| envelope.media_type.as_str() == ENVELOPE_TYPE)
            .collect()
    }

    /// Returns the blob that holds `envelope`.
    pub fn blob(envelope: &Envelope) -> Blob {
        let media_type = MediaType::Other(ENVELOPE_TYPE.to_owned());
        Blob::of_bytes(media_type, canonical_json(&json!(envelope)))
    }

    /// Adds the `envelope` of a statement, after those that are there.
    #[must_use]
    pub fn with(self, envelope: &Descriptor, predicate_type: &PredicateType) -> Self {
        let annotations = json!({ SIGNATURE: "", PREDICATE_TYPE: predicate_type.as_str() });
        Self(self.0.with(envelope, annotations))
    }

    /// Returns the configuration and the manifest of the tag.
    pub fn to_blobs(&self) -> (Blob, Blob) {
        self.0.to_blobs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_statement_leaves_what_is_there_alone() {
        let foreign = r#"{"layers":[{"mediaType":"x","size":1,"digest":"sha512:00"}]}"#;
        let blob = ClassicAttestations::blob(&Envelope::new(b"{}", b"signed"));
        let all = ClassicAttestations::parse(foreign.as_bytes()).unwrap();
        let all = all.with(&blob.descriptor, &PredicateType::of_name("spdx"));
        let (_, manifest) = all.to_blobs();
        let mut bytes = Vec::new();
        std::io::copy(&mut manifest.open().unwrap(), &mut bytes).unwrap();
        let read = ClassicAttestations::parse(&bytes).unwrap();
        assert_eq!(read, all);
        assert_eq!(read.0.layers.len(), 2);
        assert_eq!(read.envelopes(), [blob.descriptor]);
        assert!(ClassicAttestations::parse(b"[]").is_err());
    }
}
