//! New keys.
#![expect(clippy::disallowed_types, reason = "keys are kept in files")]

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyError;
use crate::attest::{PrivateKey, Salt};
use crate::model::Secret;

/// Where the two halves of a new key are.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The private half, encrypted.
    pub private: PathBuf,
    /// The public half.
    pub public: PathBuf,
}

/// A key that was just made.
#[derive(Debug)]
pub struct MadeKey {
    /// Where it is.
    pub files: NewKey,
    /// Its public half, as PEM.
    pub public: String,
}

/// Makes a key, and writes it to `PREFIX.key`, opened by `password`, and `PREFIX.pub`. Nothing that is
/// there is written over.
///
/// # Errors
/// When a file is there, or cannot be written.
pub fn write_new_key(prefix: &Path, password: &Secret) -> Result<MadeKey, KeyError> {
    let with = |ending: &str| PathBuf::from(format!("{}.{ending}", prefix.display()));
    let files = NewKey {
        private: with("key"),
        public: with("pub"),
    };
    for path in [&files.private, &files.public] {
        if path.symlink_metadata().is_ok() {
            return Err(KeyError::Exists(path.clone()));
        }
    }
    let key = new_key()?;
    let mut salt = Salt {
        salt: [0; 32],
        nonce: [0; 24],
    };
    fill(&mut salt.salt)?;
    fill(&mut salt.nonce)?;
    let of_no_use = |source| KeyError::Private {
        place: "the new key".to_owned(),
        source,
    };
    let pem = key.to_encrypted_pem(password, &salt).map_err(of_no_use)?;
    let public = key.public_key().map_err(of_no_use)?.to_string();
    write(&files.private, pem.as_bytes(), 0o600)?;
    write(&files.public, public.as_bytes(), 0o644)?;
    Ok(MadeKey { files, public })
}

fn new_key() -> Result<PrivateKey, KeyError> {
    loop {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(&mut *bytes)?;
        if let Some(key) = PrivateKey::of_random(&bytes) {
            return Ok(key);
        }
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), KeyError> {
    getrandom::fill(bytes).map_err(|_| KeyError::Random)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let written: io::Result<()> = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    written.map_err(|error| KeyError::Write(path.to_owned(), error))
}
