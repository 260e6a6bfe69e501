//! A log that proves what is in it: RFC 6962, section 2.1, and checkpoints as signed notes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use sha2::{Digest as _, Sha256};

/// The key of a log.
pub(super) struct LogKey {
    key: KeyPair,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Ecdsa,
    Ed25519,
}

impl LogKey {
    /// Makes a key as Rekor 1 and logs of certificates have it.
    pub(super) fn ecdsa() -> Self {
        Self {
            key: KeyPair::generate().expect("a key"),
            kind: Kind::Ecdsa,
        }
    }

    /// Makes a key as Rekor 2 has it.
    pub(super) fn ed25519() -> Self {
        Self {
            key: KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key"),
            kind: Kind::Ed25519,
        }
    }

    /// Returns the public key.
    pub(super) fn spki(&self) -> Vec<u8> {
        self.key.subject_public_key_info()
    }

    /// Returns what the trusted root calls such a key.
    pub(super) fn details(&self) -> &'static str {
        match self.kind {
            Kind::Ecdsa => "PKIX_ECDSA_P256_SHA_256",
            Kind::Ed25519 => "PKIX_ED25519",
        }
    }

    /// Returns what the log is known by.
    pub(super) fn id(&self) -> Vec<u8> {
        match self.kind {
            Kind::Ecdsa => Sha256::digest(self.spki()).to_vec(),
            // A note's key: C2SP signed-note.
            Kind::Ed25519 => {
                let named = [ORIGIN.as_bytes(), b"\n\x01", self.key.der_bytes()];
                Sha256::digest(named.concat()).to_vec()
            }
        }
    }

    /// Signs the state of a tree; Rekor 1 tells the tree's number too.
    fn checkpoint(&self, size: usize, root: &[u8]) -> String {
        let tree = match self.kind {
            Kind::Ecdsa => " - 1",
            Kind::Ed25519 => "",
        };
        let body = format!("{ORIGIN}{tree}\n{size}\n{}\n", STANDARD.encode(root));
        let signature = [&self.id()[..4], &self.sign(body.as_bytes())].concat();
        format!("{body}\n— {ORIGIN} {}\n", STANDARD.encode(signature))
    }

    /// Signs `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).expect("a signature")
    }
}

/// The name in checkpoints: the host of the log's address.
const ORIGIN: &str = "127.0.0.1";

/// All that was put into a log.
#[derive(Default)]
pub(super) struct Tree(Vec<[u8; 32]>);

/// Where an entry is, and what proves it.
pub(super) struct Inclusion {
    pub(super) index: usize,
    pub(super) size: usize,
    pub(super) root: [u8; 32],
    pub(super) hashes: Vec<[u8; 32]>,
    pub(super) checkpoint: String,
}

impl Tree {
    /// Adds an entry, and proves that it is there.
    pub(super) fn add(&mut self, entry: &[u8], key: &LogKey) -> Inclusion {
        self.0.push(Sha256::digest([&[0], entry].concat()).into());
        let (index, size) = (self.0.len() - 1, self.0.len());
        let root = root(&self.0);
        Inclusion {
            index,
            size,
            root,
            hashes: path(index, &self.0),
            checkpoint: key.checkpoint(size, &root),
        }
    }
}

fn node(left: &[u8], right: &[u8]) -> [u8; 32] {
    Sha256::digest([&[1], left, right].concat()).into()
}

/// Returns the largest power of two that is less than `length`.
fn split(length: usize) -> usize {
    length.next_power_of_two() / 2
}

fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

fn path(index: usize, leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut hashes, sibling) = match index.checked_sub(left.len()) {
        None => (path(index, left), root(right)),
        Some(index) => (path(index, right), root(left)),
    };
    hashes.push(sibling);
    hashes
}
