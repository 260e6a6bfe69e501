//! Why something that hangs on an image is worth nothing.

use super::keyless::KeylessError;
use super::{BundleError, ClassicPayloadError, StatementError};
use crate::model::{ByteSize, Digest, limits};

/// Why something that hangs on an image proves nothing about it.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is no bundle, or none of these keys.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No identity that was asked for has signed it.
    #[error(transparent)]
    Keyless(#[from] KeylessError),
    /// It is no classic signature.
    #[error(transparent)]
    Payload(#[from] ClassicPayloadError),
    /// Its statement is wrong.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is of another image.
    #[error("it is a statement about {0}, another image")]
    OtherImage(Digest),
    /// None of the keys has signed it.
    #[error("it was not signed by this key")]
    OtherKey,
    /// An identity was asked for.
    #[error(
        "what is in the tags of older cosign is checked with keys alone: sign it again as a bundle"
    )]
    Classic,
    /// There is no key to check it with.
    #[error("there is no key to check it with")]
    NoKeys,
    /// What holds it refers to another image.
    #[error("its manifest refers to {0}, another image")]
    OtherSubject(Digest),
    /// What it is in is something else.
    #[error("it is no {0}")]
    Form(&'static str, #[source] serde_json::Error),
    /// The registry does not give it away.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is longer than any that is of use.
    #[error("it has {}, and is read up to {}", ByteSize(*.0), ByteSize(limits::ATTESTATION_BYTES))]
    TooLong(u64),
    /// Others have taken all the room that there is.
    #[error(
        "more than {} hang on the image, and it is not read",
        ByteSize(limits::ATTESTATIONS_BYTES)
    )]
    TooMuch,
    /// It does not say what is demanded.
    #[error("it does not say {key}={value}")]
    Annotation {
        /// What must be said.
        key: String,
        /// And how.
        value: String,
    },
}
