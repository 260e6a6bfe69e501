//! A checksum database with a key of its own, and the zips that it vouches for.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;

/// A database that signs what a test tells it.
pub(crate) struct ChecksumDatabase {
    name: String,
    key: SigningKey,
}

impl ChecksumDatabase {
    /// Returns a database of this name; the same name has the same key.
    pub(crate) fn new(name: &str) -> Self {
        let seed = Sha256::digest(name.as_bytes());
        Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&seed.into()),
        }
    }

    /// Lets the database sign as another.
    pub(crate) fn call_itself(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// Returns `NAME+HASH+KEY`, what to write into GOSUMDB.
    pub(crate) fn verifier(&self) -> String {
        let (hash, key) = (
            hex::encode(self.key_hash()),
            STANDARD.encode(self.public_key()),
        );
        format!("{}+{hash}+{key}", self.name)
    }

    /// Returns the path of a lookup at a proxy.
    pub(crate) fn lookup_path(&self, module: &str, version: &str) -> String {
        format!("/sumdb/{}/lookup/{module}@{version}", self.name)
    }

    /// Returns the answer to a lookup, from a database of one record.
    pub(crate) fn lookup(&self, module: &str, version: &str, zip_h1: &str, mod_h1: &str) -> String {
        let record = format!("{module} {version} {zip_h1}\n{module} {version}/go.mod {mod_h1}\n");
        let leaf = Sha256::new()
            .chain_update([0])
            .chain_update(&record)
            .finalize();
        let tree = format!("go.sum database tree\n1\n{}\n", STANDARD.encode(leaf));
        let mut signature = self.key_hash().to_vec();
        signature.extend(self.key.sign(tree.as_bytes()).to_bytes());
        let signature = STANDARD.encode(signature);
        format!("0\n{record}\n{tree}\n— {} {signature}\n", self.name)
    }

    fn public_key(&self) -> Vec<u8> {
        [&[1], self.key.verifying_key().as_bytes().as_slice()].concat()
    }

    fn key_hash(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(&self.name);
        hasher.update("\n");
        hasher.update(self.public_key());
        let hash: [u8; 32] = hasher.finalize().into();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

/// Returns the `h1:` hash over files, given with their names in the zip.
pub(crate) fn h1(files: &[(&str, &[u8])]) -> String {
    let mut files = files.to_vec();
    files.sort_unstable();
    let lines = files
        .iter()
        .map(|(name, content)| format!("{}  {name}\n", hex::encode(Sha256::digest(content))));
    let lines: String = lines.collect();
    format!("h1:{}", STANDARD.encode(Sha256::digest(lines)))
}

/// Returns a zip of files.
pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("an entry of a zip");
        writer.write_all(content).expect("the entry's content");
    }
    writer.finish().expect("a zip").into_inner()
}
