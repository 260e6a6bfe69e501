//! The key that signs: ECDSA over P-256 with SHA-256.
//!
//! In files it is PKCS#8, plain or as cosign encrypts it: scrypt makes a key of a password, and
//! secretbox hides the PKCS#8 with it. Whatever holds a secret here is wiped when it is
//! dropped.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::Aead as _;
use crypto_secretbox::{KeyInit as _, XSalsa20Poly1305};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::PublicKey;
use crate::model::{Secret, canonical_json};

/// What PEM calls a key that cosign encrypted, now and before.
const ENCRYPTED: [&str; 2] = [
    "ENCRYPTED SIGSTORE PRIVATE KEY",
    "ENCRYPTED COSIGN PRIVATE KEY",
];
/// cosign's own choice.
const SCRYPT: Scrypt = Scrypt {
    n: 65536,
    r: 8,
    p: 1,
};
/// A file that asks for more work than this would only keep us busy, or take all memory: 128 × N × r
/// bytes are needed.
const MOST_SCRYPT: Scrypt = Scrypt {
    n: 1 << 20,
    r: 16,
    p: 4,
};

/// A private key. It prints as `…`.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

/// Why a text is no private key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// It is not PEM.
    #[error("it is no PEM, or a damaged one")]
    Pem,
    /// It is the public key.
    #[error("it is a public key, expected the private one")]
    Public,
    /// It is a key in a form that is not read.
    #[error("it is a {0:?}, expected a PRIVATE KEY or an {encrypted}", encrypted = ENCRYPTED[0])]
    Label(String),
    /// It is a key of another kind.
    #[error("it is a key of another kind, expected ECDSA over P-256")]
    Kind,
    /// It is encrypted, and there is no password.
    #[error("it is encrypted, and there is no password")]
    NoPassword,
    /// The password is another's.
    #[error("the password is wrong, or the file is damaged")]
    Password,
    /// It is encrypted in a way that is not known.
    #[error("it is encrypted by {0}, expected scrypt and nacl/secretbox")]
    Cipher(String),
    /// It asks for too much work.
    #[error("its scrypt parameters ask for more work than a key needs")]
    Scrypt,
}

/// What hides a key, drawn anew for each.
#[derive(Debug, Clone, Copy)]
pub struct Salt {
    /// What is mixed with the password.
    pub salt: [u8; 32],
    /// What the cipher begins with.
    pub nonce: [u8; 24],
}

#[derive(Deserialize)]
struct Encrypted {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Kdf {
    name: String,
    params: Scrypt,
    salt: String,
}

#[derive(Deserialize)]
struct Scrypt {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl PrivateKey {
    /// Makes a key of random bytes; `None` for the few that are none.
    pub fn of_random(bytes: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(bytes).ok().map(Self)
    }

    /// Tells whether `pem` can be read with a password only.
    pub fn is_encrypted(pem: &str) -> bool {
        let label = pem_rfc7468::decode_label(pem.trim().as_bytes());
        label.is_ok_and(|label| ENCRYPTED.contains(&label))
    }

    /// Reads PEM, with `password` where it is encrypted.
    ///
    /// # Errors
    /// When it is anything else than a private key of P-256, or the password is another's.
    pub fn from_pem(pem: &str, password: Option<&Secret>) -> Result<Self, PrivateKeyError> {
        let (label, bytes) =
            pem_rfc7468::decode_vec(pem.trim().as_bytes()).map_err(|_| PrivateKeyError::Pem)?;
        let bytes = Zeroizing::new(bytes);
        let der = match label {
            "PRIVATE KEY" => bytes,
            "PUBLIC KEY" => return Err(PrivateKeyError::Public),
            label if ENCRYPTED.contains(&label) => {
                decrypt(&bytes, password.ok_or(PrivateKeyError::NoPassword)?)?
            }
            other => return Err(PrivateKeyError::Label(other.to_owned())),
        };
        let key = SigningKey::from_pkcs8_der(&der).map_err(|_| PrivateKeyError::Kind)?;
        Ok(Self(key))
    }

    /// Returns PEM that only `password` opens; cosign reads it too.
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn to_encrypted_pem(
        &self,
        password: &Secret,
        salt: &Salt,
    ) -> Result<String, PrivateKeyError> {
        let der = self.0.to_pkcs8_der().map_err(|_| PrivateKeyError::Kind)?;
        let cipher = cipher(password, &salt.salt, &SCRYPT)?;
        let ciphertext = cipher
            .encrypt(&salt.nonce.into(), der.as_bytes())
            .map_err(|_| PrivateKeyError::Kind)?;
        let Scrypt { n, r, p } = SCRYPT;
        let document = canonical_json(&json!({
            "kdf": {
                "name": "scrypt",
                "params": { "N": n, "r": r, "p": p },
                "salt": STANDARD.encode(salt.salt),
            },
            "cipher": { "name": "nacl/secretbox", "nonce": STANDARD.encode(salt.nonce) },
            "ciphertext": STANDARD.encode(ciphertext),
        }));
        pem_rfc7468::encode_string(ENCRYPTED[0], LineEnding::LF, &document)
            .map_err(|_| PrivateKeyError::Pem)
    }

    /// Returns the key that checks what this one signs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn public_key(&self) -> Result<PublicKey, PrivateKeyError> {
        PublicKey::of(*self.0.verifying_key()).map_err(|_| PrivateKeyError::Kind)
    }

    /// Signs `message`, in ASN.1. The same message has the same signature each time: RFC 6979.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_der().as_bytes().to_vec()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn decrypt(document: &[u8], password: &Secret) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let damaged = PrivateKeyError::Pem;
    let read: Encrypted = serde_json::from_slice(document).map_err(|_| damaged)?;
    for (name, expected) in [
        (&read.kdf.name, "scrypt"),
        (&read.cipher.name, "nacl/secretbox"),
    ] {
        if name != expected {
            return Err(PrivateKeyError::Cipher(format!("{name:?}")));
        }
    }
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| PrivateKeyError::Pem);
    let nonce: [u8; 24] = bytes(&read.cipher.nonce)?
        .try_into()
        .map_err(|_| PrivateKeyError::Pem)?;
    let cipher = cipher(password, &bytes(&read.kdf.salt)?, &read.kdf.params)?;
    let plain = cipher.decrypt(&nonce.into(), bytes(&read.ciphertext)?.as_slice());
    plain
        .map(Zeroizing::new)
        .map_err(|_| PrivateKeyError::Password)
}

fn cipher(
    password: &Secret,
    salt: &[u8],
    params: &Scrypt,
) -> Result<XSalsa20Poly1305, PrivateKeyError> {
    let Scrypt { n, r, p } = *params;
    let is_too_much = n > MOST_SCRYPT.n || r > MOST_SCRYPT.r || p > MOST_SCRYPT.p;
    if is_too_much || !n.is_power_of_two() {
        return Err(PrivateKeyError::Scrypt);
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| PrivateKeyError::Scrypt)?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| PrivateKeyError::Scrypt)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password.expose().as_bytes(), salt, &params, &mut *key)
        .map_err(|_| PrivateKeyError::Scrypt)?;
    Ok(XSalsa20Poly1305::new((&*key).into()))
}
