//! Memos as OCI artifacts, by which they travel from machine to machine.
//!
//! The memo is the config of a manifest whose only layer is the layer that it tells of, so that a
//! registry keeps the two together, and the layer can be mounted from there. The config's bytes
//! are in its descriptor too, `data` of image-spec v1.1, `descriptor.md`, and the signature is an
//! annotation: one request tells all.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::model::{Blob, Descriptor, Digest, MediaType, Tag, TagError, canonical_json};
use crate::plan::Memo;

/// What a memo's config is, which is also what the artifact is.
const MEMO_TYPE: &str = "application/vnd.coracle.memo.v1+json";

/// The annotation that holds the signature: a Sigstore bundle.
const SEAL: &str = "dev.coracle.memo.signature";

/// Memos of more bytes stay where they are: a manifest may have 4 MiB, and base64 adds a third.
const MAX_MEMO_BYTES: usize = 2 << 20;

/// A memo, ready for a registry.
#[derive(Debug, Clone)]
pub struct MemoArtifact {
    /// The memo itself.
    pub config: Blob,
    /// What names it and its layer.
    pub manifest: Blob,
}

/// A memo, as it came from a registry.
#[derive(Debug)]
pub struct ReceivedMemo {
    /// The memo.
    pub memo: Memo,
    /// The digest of its bytes, which is what is signed.
    pub digest: Digest,
    /// What stands for its signature; nobody has looked at it.
    pub seal: Option<String>,
}

/// Why an artifact is not the memo that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum MemoArtifactError {
    /// It is not JSON of the right form.
    #[error("it is no memo of this version of coracle")]
    Form(#[from] serde_json::Error),
    /// Its config is another's, or not whole.
    #[error("its config is not what its descriptor says")]
    Config,
    /// It is a memo of something else.
    #[error("it is of another key, expected {expected}, found {found}")]
    Key {
        /// What was asked for.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// It names another layer than its memo.
    #[error("its memo tells of another layer than it holds")]
    Layer,
}

#[derive(Deserialize)]
struct Manifest {
    config: Config,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(flatten)]
    descriptor: Descriptor,
    data: String,
}

impl MemoArtifact {
    /// Makes an artifact of `memo`, with the signature that `seal` makes of the digest of its bytes,
    /// if any; `None` where it is too large to travel.
    ///
    /// # Errors
    /// Those of `seal`.
    pub fn new<E>(
        memo: &Memo,
        seal: impl FnOnce(Digest) -> Result<Option<String>, E>,
    ) -> Result<Option<Self>, E> {
        let bytes = canonical_json(&json!(memo));
        if bytes.len() > MAX_MEMO_BYTES {
            return Ok(None);
        }
        let seal = seal(Digest::of(&bytes))?;
        let data = STANDARD.encode(&bytes);
        let config = Blob::of_bytes(MediaType::Other(MEMO_TYPE.to_owned()), bytes);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MediaType::Manifest,
            "config": {
                "mediaType": config.descriptor.media_type,
                "digest": config.descriptor.digest,
                "size": config.descriptor.size_bytes,
                "data": data,
            },
            "layers": [memo.layer],
            "annotations": seal.map(|seal| json!({ SEAL: seal })),
        });
        Ok(Some(Self {
            manifest: Blob::of_bytes(MediaType::Manifest, canonical_json(&manifest)),
            config,
        }))
    }

    /// Returns the tag under which the memo of `key` is found.
    ///
    /// # Errors
    /// None: the text is always a tag.
    pub fn tag(key: Digest) -> Result<Tag, TagError> {
        format!("memo-{}", key.to_hex()).parse()
    }

    /// Reads the memo of `key` out of `manifest`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn read(manifest: &[u8], key: Digest) -> Result<ReceivedMemo, MemoArtifactError> {
        let mut manifest: Manifest = serde_json::from_slice(manifest)?;
        let bytes = STANDARD
            .decode(&manifest.config.data)
            .map_err(|_| MemoArtifactError::Config)?;
        let Descriptor {
            digest, size_bytes, ..
        } = manifest.config.descriptor;
        if (Digest::of(&bytes), bytes.len() as u64) != (digest, size_bytes) {
            return Err(MemoArtifactError::Config);
        }
        let memo: Memo = serde_json::from_slice(&bytes)?;
        let found = memo.recipe.key();
        if found != key {
            return Err(MemoArtifactError::Key {
                expected: key,
                found,
            });
        }
        if manifest.layers != [memo.layer.clone()] {
            return Err(MemoArtifactError::Layer);
        }
        Ok(ReceivedMemo {
            memo,
            digest,
            seal: manifest.annotations.remove(SEAL),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Compression, DiffId, Entry};
    use crate::plan::Recipe;

    fn memo(layer: &[u8]) -> Memo {
        let nothing: &[Entry] = &[];
        let recipe = Recipe::of_files(nothing, Compression::GZIP, |_| Ok::<_, ()>(String::new()));
        Memo {
            recipe: recipe.unwrap(),
            layer: Descriptor::of(MediaType::LayerGzip, layer),
            diff_id: DiffId::new(Digest::of(b"tar")),
            account: None,
        }
    }

    fn manifest_of(memo: &Memo) -> Vec<u8> {
        let mut bytes = Vec::new();
        let seal = |digest: Digest| Ok::<_, ()>(Some(format!("seal of {digest}")));
        let artifact = MemoArtifact::new(memo, seal).unwrap().unwrap();
        std::io::copy(&mut artifact.manifest.open().unwrap(), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_memo_comes_back_as_it_went() {
        let memo = memo(b"layer");
        let read = MemoArtifact::read(&manifest_of(&memo), memo.recipe.key());
        let read = read.unwrap();
        assert_eq!(read.memo, memo);
        assert_eq!(read.seal, Some(format!("seal of {}", read.digest)));
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let memo = memo(b"layer");
        let key = memo.recipe.key();
        let text = String::from_utf8(manifest_of(&memo)).unwrap();
        let other = Digest::of(b"other");
        let wrong_layer = text.replace(
            &memo.layer.digest.to_string(),
            &Digest::of(b"another layer").to_string(),
        );
        let wrong_config = text.replace("\"data\":\"", "\"data\":\"AAAA");
        for (text, key, why) in [
            (&text, other, "another key"),
            (&wrong_layer, key, "another layer"),
            (&wrong_config, key, "not what its descriptor says"),
            (&"{}".to_owned(), key, "no memo"),
        ] {
            let error = MemoArtifact::read(text.as_bytes(), key).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
