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
        let record = record(module, version, zip_h1, mod_h1);
        let tree = Tree(vec![record.clone()]);
        self.answer(0, &record, &tree)
    }

    /// Returns the answer to a lookup that says that `record` is the one of this number in `tree`.
    pub(crate) fn answer(&self, number: usize, record: &str, tree: &Tree) -> String {
        format!("{number}\n{record}\n{}", self.latest(tree))
    }

    /// Returns the signed head of `tree`.
    pub(crate) fn latest(&self, tree: &Tree) -> String {
        let (size, root) = (tree.0.len(), STANDARD.encode(tree.root()));
        let head = format!("go.sum database tree\n{size}\n{root}\n");
        let mut signature = self.key_hash().to_vec();
        signature.extend(self.key.sign(head.as_bytes()).to_bytes());
        let signature = STANDARD.encode(signature);
        format!("{head}\n— {} {signature}\n", self.name)
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

/// Returns a record as a database has it.
pub(crate) fn record(module: &str, version: &str, zip_h1: &str, mod_h1: &str) -> String {
    format!("{module} {version} {zip_h1}\n{module} {version}/go.mod {mod_h1}\n")
}

/// The records of a database.
#[derive(Clone)]
pub(crate) struct Tree(pub(crate) Vec<String>);

type Hash = [u8; 32];

impl Tree {
    /// Returns a tree of so many records of modules that nobody has.
    pub(crate) fn of(size: usize) -> Self {
        let h1 = h1(&[]);
        let record = |number| record(&format!("example.com/m{number}"), "v1.0.0", &h1, &h1);
        Self((0..size).map(record).collect())
    }

    /// Returns all of its tiles with their paths, below the database's address.
    pub(crate) fn tiles(&self) -> Vec<(String, Vec<u8>)> {
        let mut row = self.leaves();
        let mut tiles = Vec::new();
        for level in 0.. {
            if row.is_empty() {
                break;
            }
            for (number, nodes) in row.chunks(256).enumerate() {
                let part = match nodes.len() {
                    256 => String::new(),
                    some => format!(".p/{some}"),
                };
                tiles.push((format!("tile/8/{level}/{number:03}{part}"), nodes.concat()));
            }
            row = row.chunks_exact(256).map(hash_of_all).collect();
        }
        tiles
    }

    fn root(&self) -> Hash {
        hash_of_all(&self.leaves())
    }

    fn leaves(&self) -> Vec<Hash> {
        self.0
            .iter()
            .map(|record| hash_of(&[&[0], record.as_bytes()]))
            .collect()
    }
}

/// RFC 6962, 2.1.
fn hash_of_all(leaves: &[Hash]) -> Hash {
    if let [leaf] = leaves {
        return *leaf;
    }
    let left = leaves.len().next_power_of_two() / 2;
    let (left, right) = (hash_of_all(&leaves[..left]), hash_of_all(&leaves[left..]));
    hash_of(&[&[1], &left, &right])
}

fn hash_of(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
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
