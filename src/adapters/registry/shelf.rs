//! Which blobs this run has brought where, so that none goes to one registry twice.

use std::collections::BTreeMap;
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
    /// The repositories that have it, with the bytes that were sent there and that nobody was told
    /// of yet.
    holders: BTreeMap<Repository, u64>,
    is_on_its_way: bool,
}

/// What is known of a blob.
pub(super) enum Claim<'a> {
    /// The repository has it; so many bytes were sent there that nobody was told of yet.
    Held(u64),
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
        if let Some(untold_bytes) = place.holders.get_mut(repository) {
            return Claim::Held(std::mem::take(untold_bytes));
        }
        place.is_on_its_way = true;
        Claim::Ours(Errand {
            shelf: self,
            key,
            repository: repository.clone(),
            holder: place.holders.keys().next().cloned(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Errand<'_> {
    /// Tells that the blob has arrived; `untold_bytes` of it are told to whoever asks next.
    pub(super) fn arrived(self, untold_bytes: u64) {
        let mut places = self.shelf.lock();
        places
            .entry(self.key.clone())
            .or_default()
            .holders
            .insert(self.repository.clone(), untold_bytes);
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
            Claim::Held(_) => None,
        };
        drop(ours("r.example/a").expect("nobody has it"));
        let errand = ours("r.example/a").expect("the first attempt failed");
        assert_eq!(errand.holder, None);
        errand.arrived(0);
        assert!(ours("r.example/a").is_none());
        assert_eq!(
            ours("r.example/b").unwrap().holder,
            Some(repository("r.example/a"))
        );
        assert_eq!(ours("s.example/a").unwrap().holder, None);
    }
}
