//! Uploads that were opened to see whether a repository takes any, kept for its first blob.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::model::Repository;

/// Open uploads, at most one a repository.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<Repository, Url>>);

impl Sessions {
    pub(super) fn keep(&self, repository: &Repository, session: Url) {
        self.lock().insert(repository.clone(), session);
    }

    pub(super) fn take(&self, repository: &Repository) -> Option<Url> {
        self.lock().remove(repository)
    }

    pub(super) fn take_all(&self) -> BTreeMap<Repository, Url> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Repository, Url>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
