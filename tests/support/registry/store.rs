//! What the registry holds: repositories with blobs, manifests and tags, and the uploads that are open.

use std::collections::BTreeMap;

use axum::body::Bytes;
use sha2::{Digest as _, Sha256};

/// Returns the digest of some bytes, `sha256:HEX`.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Everything that was sent.
#[derive(Default)]
pub(super) struct Store {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) uploads: BTreeMap<String, Upload>,
    uploads_opened: u32,
}

/// One repository.
#[derive(Default)]
pub(super) struct Repository {
    pub(super) blobs: BTreeMap<String, Content>,
    pub(super) manifests: BTreeMap<String, Manifest>,
    pub(super) tags: BTreeMap<String, String>,
}

/// A blob: its bytes, or only their number where the registry was told to keep none.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Kept(Bytes),
    Counted(u64),
}

impl Content {
    /// Returns the number of bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len() as u64,
            Self::Counted(count) => *count,
        }
    }
}

/// A manifest or an index, as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

impl Manifest {
    /// Returns the digest of the bytes.
    pub(crate) fn digest(&self) -> String {
        digest_of(&self.bytes)
    }

    /// Returns the parsed document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).expect("manifests are checked when they are put")
    }
}

/// An upload that was started and not finished.
pub(super) struct Upload {
    pub(super) repository: String,
    pub(super) received: u64,
    /// Changes with every request, as the Location of a real registry does.
    pub(super) state: u32,
    hasher: Sha256,
    kept: Option<Vec<u8>>,
}

/// Whether the bytes of blobs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Blobs can be pulled again.
    Bytes,
    /// Blobs are hashed and counted only, for tests with very large ones.
    Counts,
}

impl Upload {
    /// Takes the next bytes of the blob.
    pub(super) fn receive(&mut self, piece: &[u8]) {
        self.received += piece.len() as u64;
        self.hasher.update(piece);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(piece);
        }
    }

    /// Returns the digest and the bytes of what was received.
    fn finish(self) -> (String, Content) {
        let digest = format!("sha256:{}", hex::encode(self.hasher.finalize()));
        let content = match self.kept {
            Some(bytes) => Content::Kept(bytes.into()),
            None => Content::Counted(self.received),
        };
        (digest, content)
    }
}

impl Store {
    /// Returns a repository; it comes to be with the first thing in it.
    pub(super) fn repository(&mut self, name: &str) -> &mut Repository {
        self.repositories.entry(name.to_owned()).or_default()
    }

    /// Opens an upload and returns its id.
    pub(super) fn open_upload(&mut self, repository: &str, keep: Keep) -> String {
        self.uploads_opened += 1;
        let id = format!("upload-{}", self.uploads_opened);
        let upload = Upload {
            repository: repository.to_owned(),
            received: 0,
            state: 0,
            hasher: Sha256::new(),
            kept: (keep == Keep::Bytes).then(Vec::new),
        };
        self.uploads.insert(id.clone(), upload);
        id
    }

    /// Closes an upload; the blob is there if its digest is the announced one.
    pub(super) fn close_upload(&mut self, id: &str, announced: &str) -> bool {
        let Some(upload) = self.uploads.remove(id) else {
            return false;
        };
        let repository = upload.repository.clone();
        let (digest, content) = upload.finish();
        let honest = digest == announced;
        if honest {
            self.repository(&repository).blobs.insert(digest, content);
        }
        honest
    }

    /// Copies a blob between repositories, where `from` has it.
    pub(super) fn mount(&mut self, from: &str, to: &str, digest: &str) -> bool {
        let blob = self.repositories.get(from);
        let blob = blob.and_then(|repository| repository.blobs.get(digest));
        let Some(blob) = blob.cloned() else {
            return false;
        };
        self.repository(to).blobs.insert(digest.to_owned(), blob);
        true
    }
}

impl Repository {
    /// Returns a manifest by tag or digest.
    pub(super) fn manifest(&self, reference: &str) -> Option<&Manifest> {
        let digest = self.tags.get(reference);
        self.manifests.get(digest.map_or(reference, String::as_str))
    }
}
