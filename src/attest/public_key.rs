//! The key that signatures are checked with: ECDSA over P-256 with SHA-256, as cosign's default.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _, LineEnding};

use crate::model::Digest;

/// A public key, which PEM calls `PUBLIC KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    /// RFC 5280, `SubjectPublicKeyInfo`.
    der: Vec<u8>,
}

/// Why a text is no public key.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeyError {
    /// It is not PEM.
    #[error("it is no PEM")]
    Pem,
    /// It is the private key.
    #[error("it is a private key, expected the public one")]
    Private,
    /// It is PEM of something else.
    #[error("it is a {0:?}, expected a PUBLIC KEY")]
    Label(String),
    /// It is a key of another kind.
    #[error("it is a key of another kind, expected ECDSA over P-256")]
    Kind,
}

impl PublicKey {
    /// Reads PEM.
    ///
    /// # Errors
    /// When it is anything else than a public key of P-256.
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        let (label, der) =
            pem_rfc7468::decode_vec(text.trim().as_bytes()).map_err(|_| PublicKeyError::Pem)?;
        match label {
            "PUBLIC KEY" => Self::from_der(&der),
            private if private.contains("PRIVATE KEY") => Err(PublicKeyError::Private),
            other => Err(PublicKeyError::Label(other.to_owned())),
        }
    }

    /// Reads DER, as certificates hold it.
    ///
    /// # Errors
    /// When it is a key of another kind.
    pub fn from_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_public_key_der(der).map_err(|_| PublicKeyError::Kind)?;
        Ok(Self {
            key,
            der: der.to_vec(),
        })
    }

    /// Takes the public half of a private key.
    pub(super) fn of(key: VerifyingKey) -> Result<Self, PublicKeyError> {
        let document = key.to_public_key_der().map_err(|_| PublicKeyError::Kind)?;
        Ok(Self {
            key,
            der: document.as_bytes().to_vec(),
        })
    }

    /// Tells whether `signature`, in ASN.1, is one of this key under `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_der(signature).is_ok_and(|it| self.key.verify(message, &it).is_ok())
    }

    /// Returns what bundles call this key, so that whoever has several finds the right one.
    pub fn hint(&self) -> String {
        let digest = Digest::of(&self.der).to_hex();
        STANDARD.encode(hex::decode(digest).unwrap_or_default())
    }
}

impl fmt::Display for PublicKey {
    /// Writes PEM.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pem = self.key.to_public_key_pem(LineEnding::LF);
        f.write_str(&pem.map_err(|_| fmt::Error)?)
    }
}
