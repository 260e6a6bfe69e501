//! Where a key is.
#![expect(clippy::disallowed_methods, reason = "keys are in files")]

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyError;
use crate::attest::PublicKey;
use crate::model::Environment;

/// The longest file of a key.
const MOST_BYTES: u64 = 64 << 10;

/// Where a key is.
#[derive(Debug, Clone)]
pub enum KeyPlace {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

impl KeyPlace {
    /// Reads its text.
    pub(super) fn read(&self, environment: &Environment) -> Result<Zeroizing<String>, KeyError> {
        match self {
            Self::File(path) => read_file(path),
            Self::Variable(name) => {
                let text = environment.get_str(name);
                let text = text.ok_or_else(|| KeyError::NoVariable(name.clone()))?;
                Ok(Zeroizing::new(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => write!(f, "${name}"),
        }
    }
}

/// Reads the public key at `place`.
///
/// # Errors
/// When it is not there, or is none.
pub fn read_public_key(place: &KeyPlace, environment: &Environment) -> Result<PublicKey, KeyError> {
    let pem = place.read(environment)?;
    PublicKey::from_pem(&pem).map_err(|source| KeyError::NoPublic {
        place: place.to_string(),
        source,
    })
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let mut text = Zeroizing::new(String::new());
    fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| KeyError::Read(path.to_owned(), error))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(KeyError::TooLong(path.to_owned()));
    }
    Ok(text)
}
