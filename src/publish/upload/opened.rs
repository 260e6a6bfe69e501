//! An upload that a registry has opened.

use url::Url;

use super::{UploadAnswer, UploadError};
use crate::model::Digest;
use crate::publish::redirect::resolve_location;

/// The largest part of a blob that goes at once where it does not go whole: what a connection that
/// breaks costs at most. Larger ones need fewer answers, and 16 MiB are a tenth of a second or more
/// on most lines, so that the answer's way is little beside it.
pub(super) const PIECE_BYTES: u64 = 16 << 20;

/// Where a blob can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedUpload {
    /// Where the next request goes.
    pub location: Url,
    /// How much may go at once.
    pub(super) piece_bytes: u64,
}

impl OpenedUpload {
    /// Reads the answer that opens an upload.
    ///
    /// # Errors
    /// When it does not say where the upload goes on, or names a place that must not be used.
    pub fn read(answer: UploadAnswer<'_>) -> Result<Self, UploadError> {
        let location = answer.location.ok_or(UploadError::NoLocation)?;
        let least = answer
            .least_piece
            .and_then(|bytes| bytes.trim().parse().ok());
        Ok(Self {
            location: resolve_location(answer.url, location)?,
            piece_bytes: least.unwrap_or(0).max(PIECE_BYTES),
        })
    }

    /// Takes the place that `answer` names for what comes next, where it names one.
    pub(super) fn go_on(&mut self, answer: UploadAnswer<'_>) -> Result<(), UploadError> {
        if let Some(location) = answer.location {
            self.location = resolve_location(answer.url, location)?;
        }
        Ok(())
    }

    /// Returns where the last bytes of `digest` go. A Location is used as it came, whatever its
    /// query means to the registry.
    pub(super) fn end(&self, digest: &Digest) -> Url {
        let mut url = self.location.clone();
        let digest = format!("digest={digest}");
        let query = match url.query() {
            Some(query) if !query.is_empty() => format!("{query}&{digest}"),
            _ => digest,
        };
        url.set_query(Some(&query));
        url
    }
}
