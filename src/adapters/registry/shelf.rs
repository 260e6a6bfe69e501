//! Which blobs this run has brought where, so that none goes to one registry twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::model::{Digest, RegistryHost, Repository};

type Key = (RegistryHost, Digest);

/// The blobs of all registries, as far as this run knows them.
#[derive(Default)]
pub(super) struct Shelf {
    places: Mutex<BTreeMap<Key, Place>>,
    news: Condvar,
}

#[derive(Default)]
struct Place {
    holders: BTreeSet<Repository>,
    is_on_its_way: bool,
}

/// What is known of a blob.
pub(super) enum Claim<'a> {
    /// The repository has it.
    Held,
    /// It is for the caller to bring it there. Others that want it in this registry wait until this
    /// is dropped.
    Ours(Errand<'a>),
}

/// A blob on its way into a repository.
pub(super) struct Errand<'a> {
    shelf: &'a Shelf,
    key: Key,
    repository: Repository,
    /// Another repository of the registry, which has it by now.
    pub(super) holder: Option<Repository>,
}

impl Shelf {
    /// Asks to bring `digest` into `repository`; waits while somebody else brings it into the same
    /// registry.
    pub(super) fn claim(&self, digest: Digest, repository: &Repository) -> Claim<'_> {
        let key = (repository.host().clone(), digest);
        let mut places = self.lock();
        while places.get(&key).is_some_and(|place| place.is_on_its_way) {
            places = self
                .news
                .wait(places)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let place = places.entry(key.clone()).or_default();
        if place.holders.contains(repository) {
            return Claim::Held;
        }
        place.is_on_its_way = true;
        Claim::Ours(Errand {
            shelf: self,
            key,
            repository: repository.clone(),
            holder: place.holders.first().cloned(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Errand<'_> {
    /// Tells that the blob has arrived.
    pub(super) fn arrived(self) {
        let mut places = self.shelf.lock();
        places
            .entry(self.key.clone())
            .or_default()
            .holders
            .insert(self.repository.clone());
    }
}

impl Drop for Errand<'_> {
    fn drop(&mut self) {
        self.shelf
            .lock()
            .entry(self.key.clone())
            .or_default()
            .is_on_its_way = false;
        self.shelf.news.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_goes_to_a_registry_once_and_from_there_to_its_neighbours() {
        let shelf = Shelf::default();
        let digest = Digest::of(b"x");
        let repository = |text: &str| text.parse::<Repository>().unwrap();
        let ours = |name: &str| match shelf.claim(digest, &repository(name)) {
            Claim::Ours(errand) => Some(errand),
            Claim::Held => None,
        };
        drop(ours("r.example/a").expect("nobody has it"));
        let errand = ours("r.example/a").expect("the first attempt failed");
        assert_eq!(errand.holder, None);
        errand.arrived();
        assert!(ours("r.example/a").is_none());
        assert_eq!(
            ours("r.example/b").unwrap().holder,
            Some(repository("r.example/a"))
        );
        assert_eq!(ours("s.example/a").unwrap().holder, None);
    }
}
