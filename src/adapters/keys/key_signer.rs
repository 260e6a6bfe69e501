//! A private key at hand.

use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::{KeyError, KeyPlace, Passwords};
use crate::attest::{Bundle, PrivateKey, PrivateKeyError, PublicKey, pre_authentication};
use crate::model::{BuildError, Digest, Secret};
use crate::ports::Signer;

/// Signs with a key that is read when it is needed.
pub struct KeySigner {
    place: String,
    name: String,
    pem: Zeroizing<String>,
    password: Option<Secret>,
    /// Held while the key is opened: it costs a tenth of a second.
    key: Mutex<Option<PrivateKey>>,
}

impl KeySigner {
    /// Reads the key's text and finds its password, for which somebody may have to be asked: no progress
    /// is shown yet that would hide the question. The key is opened when it is needed.
    ///
    /// # Errors
    /// When either is not there.
    pub fn read(place: &KeyPlace, passwords: &Passwords) -> Result<Self, KeyError> {
        let pem = place.read(&passwords.environment)?;
        let place = place.to_string();
        let password = if PrivateKey::is_encrypted(&pem) {
            passwords.find(&place)?
        } else {
            None
        };
        Ok(Self {
            // A digest of what is in the file tells one key from another, and nothing about it: an
            // encrypted key is public enough to be kept in a repository, a plain one is random.
            name: format!("key {}", Digest::of(pem.as_bytes()).to_hex()),
            place,
            pem,
            password,
            key: Mutex::default(),
        })
    }

    /// When it is of no use, or its password is wrong, nothing can be signed.
    fn key(&self) -> Result<PrivateKey, KeyError> {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*kept {
            return Ok(key.clone());
        }
        let key = PrivateKey::from_pem(&self.pem, self.password.as_ref())
            .map_err(|source| self.of_no_use(source))?;
        Ok(kept.insert(key).clone())
    }

    fn of_no_use(&self, source: PrivateKeyError) -> KeyError {
        KeyError::Private {
            place: self.place.clone(),
            source,
        }
    }

    fn seal(&self, statement: &[u8]) -> Result<Bundle, KeyError> {
        let key = self.key()?;
        let public = key.public_key().map_err(|source| self.of_no_use(source))?;
        let signature = key.sign(&pre_authentication(statement));
        Ok(Bundle::of_key(statement, &signature, &public))
    }
}

impl Signer for KeySigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Result<(), BuildError> {
        let opened = self.key().map(drop);
        opened.map_err(|error| error.into_build_error(&self.place))
    }

    fn sign(&self, statement: &[u8]) -> Result<Bundle, BuildError> {
        let sealed = self.seal(statement);
        sealed.map_err(|error| error.into_build_error(&self.place))
    }

    fn sign_payload(&self, payload: &[u8]) -> Result<Vec<u8>, BuildError> {
        let key = self.key();
        let key = key.map_err(|error| error.into_build_error(&self.place))?;
        Ok(key.sign(payload))
    }

    fn public_key(&self) -> Result<PublicKey, BuildError> {
        let public = self
            .key()
            .and_then(|key| key.public_key().map_err(|source| self.of_no_use(source)));
        public.map_err(|error| error.into_build_error(&self.place))
    }

    /// The same statement has the same signature each time.
    fn has_signed(&self, bundle: &Bundle, statement: &[u8]) -> bool {
        self.seal(statement).is_ok_and(|made| made == *bundle)
    }
}
