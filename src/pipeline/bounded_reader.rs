//! Reads what hangs on an image within limits: whoever may write can hang anything onto it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::attest::Rejection;
use crate::model::{BuildError, Descriptor, ExitCode, Repository, limits};
use crate::ports::Referrers;

/// Reads in one repository what hangs on one image. A thing that cannot be read is told as such, and
/// harms nothing beside it.
pub(super) struct BoundedReader<'a> {
    referrers: &'a dyn Referrers,
    repository: &'a Repository,
    /// How many bytes were asked for.
    asked_bytes: AtomicU64,
    /// Held while something long is in memory.
    one_long: Mutex<()>,
}

impl<'a> BoundedReader<'a> {
    /// Has read nothing yet.
    pub(super) fn new(referrers: &'a dyn Referrers, repository: &'a Repository) -> Self {
        Self {
            referrers,
            repository,
            asked_bytes: AtomicU64::new(0),
            one_long: Mutex::default(),
        }
    }

    /// Reads a manifest, which the registry lets be of a few MiB.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub(super) fn manifest(
        &self,
        manifest: &Descriptor,
    ) -> Result<Result<Vec<u8>, Rejection>, BuildError> {
        told(self.referrers.read(manifest, self.repository))
    }

    /// Reads a blob and looks at it, so that no two long ones are in memory at once.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub(super) fn look<T>(
        &self,
        content: &Descriptor,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<Result<T, Rejection>, BuildError> {
        let size_bytes = content.size_bytes;
        if size_bytes > limits::ATTESTATION_BYTES {
            return Ok(Err(Rejection::TooLong(size_bytes)));
        }
        let asked_bytes = self.asked_bytes.fetch_add(size_bytes, Ordering::Relaxed);
        if asked_bytes + size_bytes > limits::ATTESTATIONS_BYTES {
            return Ok(Err(Rejection::TooMuch));
        }
        let is_long = size_bytes > limits::SMALL_ATTESTATION_BYTES;
        let _alone = is_long.then(|| self.one_long.lock().unwrap_or_else(PoisonError::into_inner));
        let read = told(self.referrers.read(content, self.repository))?;
        Ok(read.map(|bytes| look(&bytes)))
    }
}

/// Tells a thing that is wrong from a registry that cannot be asked: nobody knows what that would have
/// said.
fn told(read: Result<Vec<u8>, BuildError>) -> Result<Result<Vec<u8>, Rejection>, BuildError> {
    match read {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(error) if error.exit_code() == ExitCode::Refused => {
            let causes: Vec<String> = error.causes().map(ToString::to_string).collect();
            Ok(Err(Rejection::Unreadable(causes.join(": "))))
        }
        Err(error) => Err(error),
    }
}
