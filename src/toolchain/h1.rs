//! Go's hash over the files of a module, `golang.org/x/mod/sumdb/dirhash`, `Hash1`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::model::Digest;

/// The hash of a module's zip as go.sum and the checksum database write it: `h1:` and base64.
///
/// ```
/// # use coracle::toolchain::H1;
/// let text = "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=";
/// assert_eq!(text.parse::<H1>().unwrap().to_string(), text);
/// assert!("h1:short".parse::<H1>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct H1([u8; 32]);

/// Why a text is no hash of a module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a module's hash, expected h1: and 44 characters of base64")]
pub struct H1Error(String);

/// Collects the files of a module, in any order, for the hash over all of them.
#[derive(Debug, Default)]
pub struct DirHash(BTreeMap<String, Digest>);

impl DirHash {
    /// Adds the file `name`, as it is called in the zip, with the digest of its content.
    pub fn add(&mut self, name: String, digest: Digest) {
        self.0.insert(name, digest);
    }

    /// Returns the digest of the file `name`.
    pub fn digest(&self, name: &str) -> Option<Digest> {
        self.0.get(name).copied()
    }

    /// Returns the names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the hash: sha256 over a line `HEX  NAME` for each file, sorted by name.
    pub fn finish(&self) -> H1 {
        let mut lines = Sha256::new();
        for (name, digest) in &self.0 {
            lines.update(format!("{}  {name}\n", digest.to_hex()));
        }
        H1(lines.finalize().into())
    }
}

impl fmt::Display for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h1:{}", STANDARD.encode(self.0))
    }
}

impl FromStr for H1 {
    type Err = H1Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("h1:")
            .and_then(|digits| STANDARD.decode(digits).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| H1Error(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_go_command_whatever_the_order() {
        // The go.mod hash of golang.org/toolchain, as the checksum database has it.
        let go_mod = Digest::of(b"module golang.org/toolchain\n");
        let mut hash = DirHash::default();
        hash.add("go.mod".to_owned(), go_mod);
        assert_eq!(
            hash.finish().to_string(),
            "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0="
        );

        let (mut forth, mut back) = (DirHash::default(), DirHash::default());
        for name in ["m@v1/B", "m@v1/a", "m@v1/a/b"] {
            forth.add(name.to_owned(), Digest::of(b""));
        }
        for name in ["m@v1/a/b", "m@v1/a", "m@v1/B"] {
            back.add(name.to_owned(), Digest::of(b""));
        }
        assert_eq!(forth.finish(), back.finish());
    }
}
