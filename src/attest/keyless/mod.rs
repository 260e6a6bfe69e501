//! Signatures of an identity in place of a key: what services are asked for, what their answers
//! mean, and what a bundle of them proves.
//!
//! Sigstore's client specification. In: an identity token, a key of some minutes, the answers of a
//! certificate authority (Fulcio), a log (Rekor 1 or 2) and a time-stamp authority (RFC 3161). Out:
//! requests, the verification material of a bundle, and who signed, if all holds. What a bundle
//! proves is judged by the crate sigstore-verify; nothing is sent here.

mod identity_token;
mod issued_certificate;
mod keyless_error;
mod log_entry;
mod ring_provider;
mod signatory;
mod time_stamp;
mod trusted_root;

pub use identity_token::{IdentityToken, IdentityTokenError};
pub use issued_certificate::{IssuedCertificate, certificate_request};
pub use keyless_error::KeylessError;
pub use log_entry::{LogRequest, parse_log_entry};
pub use signatory::{IdentityDemand, Signatory};
pub use time_stamp::{TIME_STAMP_QUERY, time_stamp_request};
pub use trusted_root::{TrustedRoot, TrustedRootError};

/// Why the answer of a service cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is of another form.
    #[error("it is not what such a service answers: {0}")]
    Form(crate::model::ForeignText),
    /// It is a certificate for another key.
    #[error("the certificate is for another key")]
    OtherKey,
}

impl AnswerError {
    fn form(error: impl std::fmt::Display) -> Self {
        Self::Form(crate::model::ForeignText::new(&error.to_string()))
    }
}
