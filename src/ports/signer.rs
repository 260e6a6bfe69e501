//! Signatures.

use crate::attest::{Bundle, PublicKey};
use crate::model::BuildError;

/// Signs statements about images.
pub trait Signer: Send + Sync {
    /// Returns who signs: the same text as long as it is the same, and no secret.
    fn name(&self) -> &str;

    /// Makes sure that it can sign, before anything is built.
    ///
    /// # Errors
    /// When the key cannot be had.
    fn check(&self) -> Result<(), BuildError>;

    /// Signs the in-toto statement of these bytes.
    ///
    /// # Errors
    /// As for [`Signer::check`], or when a service that is needed cannot be reached.
    fn sign(&self, statement: &[u8]) -> Result<Bundle, BuildError>;

    /// Signs `payload` alone, in ASN.1, as older cosign wants it.
    ///
    /// # Errors
    /// As for [`Signer::sign`].
    fn sign_payload(&self, payload: &[u8]) -> Result<Vec<u8>, BuildError>;

    /// Returns the key that checks what this signs.
    ///
    /// # Errors
    /// As for [`Signer::check`].
    fn public_key(&self) -> Result<PublicKey, BuildError>;

    /// Tells whether `bundle` is what [`Signer::sign`] gives for `statement`, so that it need not be
    /// made again.
    fn has_signed(&self, bundle: &Bundle, statement: &[u8]) -> bool;
}
