//! A key of some minutes, and the certificate that says whose it is.

use zeroize::Zeroizing;

use super::SigstoreError;
use crate::attest::keyless::{IdentityToken, IssuedCertificate, certificate_request};
use crate::attest::{PrivateKey, PublicKey};
use crate::model::Timestamp;

/// How long before its end a certificate is not used any more: a log and a time stamp still come
/// after the signature.
pub(super) const MARGIN_SECONDS: i64 = 60;

/// A key that was just made.
pub(super) struct NewKey {
    key: PrivateKey,
    public: PublicKey,
}

/// A key, and whose it is.
#[derive(Clone)]
pub(super) struct Pass {
    /// The key.
    pub(super) key: PrivateKey,
    /// Whose it is.
    pub(super) certificate: IssuedCertificate,
    taken_at: Timestamp,
}

impl NewKey {
    /// Makes a key.
    pub(super) fn make() -> Result<Self, SigstoreError> {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            getrandom::fill(&mut *bytes).map_err(|_| SigstoreError::Random)?;
            if let Some(key) = PrivateKey::of_random(&bytes) {
                let public = key.public_key().map_err(|_| SigstoreError::Random)?;
                return Ok(Self { key, public });
            }
        }
    }

    /// Returns what asks for a certificate, as whom `token` speaks of; the token goes beside it.
    pub(super) fn request(&self, token: &IdentityToken) -> Vec<u8> {
        certificate_request(token.challenge(), &self.key, &self.public)
    }

    /// Returns the half that everybody may know.
    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Takes the certificate that came at `taken_at`.
    pub(super) fn with(self, certificate: IssuedCertificate, taken_at: Timestamp) -> Pass {
        Pass {
            key: self.key,
            certificate,
            taken_at,
        }
    }
}

impl Pass {
    /// Tells whether it came long before `now`.
    pub(super) fn is_old(&self, now: Timestamp) -> bool {
        now.seconds() - self.taken_at.seconds() >= MARGIN_SECONDS
    }

    /// Tells whether it holds for a while after `now`. What counts is how long ago it came: the
    /// machine's clock may be another than the authority's.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        let age = now.seconds() - self.taken_at.seconds();
        (0..self.certificate.lifetime_seconds() - MARGIN_SECONDS).contains(&age)
    }
}
