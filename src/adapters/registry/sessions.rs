//! Uploads that are open before their blobs are there: the first was opened to see whether a
//! repository takes any.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::Repository;
use crate::publish::OpenedUpload;

/// Open uploads by their repository; no list is empty.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<Repository, Vec<OpenedUpload>>>);

impl Sessions {
    pub(super) fn keep(&self, repository: &Repository, session: OpenedUpload) {
        let mut sessions = self.lock();
        sessions
            .entry(repository.clone())
            .or_default()
            .push(session);
    }

    pub(super) fn count(&self, repository: &Repository) -> usize {
        self.lock().get(repository).map_or(0, Vec::len)
    }

    /// Takes the one that was opened last, which lives longest.
    pub(super) fn take(&self, repository: &Repository) -> Option<OpenedUpload> {
        let mut sessions = self.lock();
        let open = sessions.get_mut(repository)?;
        let session = open.pop();
        if open.is_empty() {
            sessions.remove(repository);
        }
        session
    }

    pub(super) fn take_all(&self) -> BTreeMap<Repository, Vec<OpenedUpload>> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Repository, Vec<OpenedUpload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
