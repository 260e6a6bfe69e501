//! What is asked of a registry to upload a blob, and what it answers.

use url::Url;

use super::span::Span;
use crate::model::{Digest, Repository};
use crate::publish::redirect::RedirectError;

/// How a blob came to where it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transfer {
    /// It was there already.
    Present,
    /// The registry took it from another repository of its own.
    Mount(Repository),
    /// It was sent.
    Upload,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// HEAD of the blob.
    Ask,
    /// POST of an upload that mounts the blob from a repository.
    Mount(Repository),
    /// POST of an upload.
    Start,
    /// PATCH of these bytes, others follow, to this URL.
    SendPiece(Url, Span),
    /// PUT of these bytes, the last, to this URL: of all bytes, most often.
    Send(Url, Span),
    /// GET of this URL: how much of the blob is there.
    Inquire(Url),
    /// Nothing: the blob is there.
    Done(Transfer),
}

/// What a registry answered, as far as uploads look at it.
#[derive(Debug, Clone, Copy)]
pub struct UploadAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The URL that answered.
    pub url: &'a Url,
    /// The header `Location`.
    pub location: Option<&'a str>,
    /// The header `Range`: what has arrived.
    pub range: Option<&'a str>,
    /// The header `OCI-Chunk-Min-Length`.
    pub least_piece: Option<&'a str>,
    /// The header `Docker-Content-Digest`.
    pub digest: Option<&'a str>,
}

/// Why an upload ends without its blob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// The answer is no.
    #[error("it answered {0}")]
    Refused(u16),
    /// The answer to the start of an upload names no place to send the blob to.
    #[error("it opened an upload without a Location")]
    NoLocation,
    /// It names one that must not be used.
    #[error(transparent)]
    Location(#[from] RedirectError),
    /// It says that something else has arrived than was sent.
    #[error("it says that {found:?} has arrived, expected {expected:?}")]
    Range {
        /// What was sent.
        expected: String,
        /// What it says.
        found: String,
    },
    /// It kept something else than it was sent.
    #[error("it keeps what was sent under another digest, expected {expected}, found {found:?}")]
    Digest {
        /// What was sent.
        expected: Digest,
        /// What it says.
        found: String,
    },
}
