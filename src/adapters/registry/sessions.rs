//! Uploads that were opened to see whether a repository takes any, kept for its first blob.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Repository;
use crate::publish::OpenedUpload;

/// Open uploads, at most one a repository.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<Repository, OpenedUpload>>);

impl Sessions {
    pub(super) fn keep(&self, repository: &Repository, session: OpenedUpload) {
        self.lock().insert(repository.clone(), session);
    }

    pub(super) fn is_open(&self, repository: &Repository) -> bool {
        self.lock().contains_key(repository)
    }

    pub(super) fn take(&self, repository: &Repository) -> Option<OpenedUpload> {
        self.lock().remove(repository)
    }

    pub(super) fn take_all(&self) -> BTreeMap<Repository, OpenedUpload> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Repository, OpenedUpload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
