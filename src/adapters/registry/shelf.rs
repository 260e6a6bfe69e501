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
    /// The repositories that have it, with the bytes that were sent there and that nobody was told
    /// of yet.
    holders: BTreeMap<Repository, u64>,
    /// Where it is being brought.
    awaited: BTreeSet<Repository>,
}

impl Place {
    /// The first of a registry is waited for: it is what the others mount from. After that only the
    /// repository itself is, as each mount is an answer to wait for.
    fn is_waited_for(&self, repository: &Repository) -> bool {
        self.awaited.contains(repository) || (self.holders.is_empty() && !self.awaited.is_empty())
    }
}

/// What is known of a blob.
pub(super) enum Claim<'a> {
    /// The repository has it; so many bytes were sent there that nobody was told of yet.
    Held(u64),
    /// It is for the caller to bring it there. Others that want it there, or in this registry where
    /// no repository has it, wait until this is dropped.
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
    /// Asks to bring `digest` into `repository`; waits while somebody else brings it there, or
    /// brings it into the same registry for the first time.
    pub(super) fn claim(&self, digest: Digest, repository: &Repository) -> Claim<'_> {
        let key = (repository.host().clone(), digest);
        let mut places = self.lock();
        while places
            .get(&key)
            .is_some_and(|place| place.is_waited_for(repository))
        {
            places = self
                .news
                .wait(places)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let place = places.entry(key.clone()).or_default();
        if let Some(untold_bytes) = place.holders.get_mut(repository) {
            return Claim::Held(std::mem::take(untold_bytes));
        }
        place.awaited.insert(repository.clone());
        Claim::Ours(Errand {
            shelf: self,
            key,
            repository: repository.clone(),
            holder: place.holders.keys().next().cloned(),
        })
    }

    /// Tells whether this run has sent `digest` to `repository` and told nobody yet, or is about to
    /// bring it there.
    pub(super) fn is_news(&self, digest: Digest, repository: &Repository) -> bool {
        let key = (repository.host().clone(), digest);
        self.lock().get(&key).is_some_and(|place| {
            let untold_bytes = place.holders.get(repository);
            place.awaited.contains(repository) || untold_bytes.is_some_and(|&bytes| bytes > 0)
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
            .awaited
            .remove(&self.repository);
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

    #[test]
    fn a_blob_is_news_where_it_is_on_its_way_or_was_just_sent() {
        let shelf = Shelf::default();
        let digest = Digest::of(b"x");
        let (a, b) = (
            "r.example/a".parse().unwrap(),
            "r.example/b".parse().unwrap(),
        );
        let Claim::Ours(errand) = shelf.claim(digest, &a) else {
            panic!("nobody has it");
        };
        assert!(shelf.is_news(digest, &a) && !shelf.is_news(digest, &b));
        errand.arrived(7);
        assert!(shelf.is_news(digest, &a) && !shelf.is_news(digest, &b));
        assert!(matches!(shelf.claim(digest, &a), Claim::Held(7)));
        assert!(!shelf.is_news(digest, &a));
    }

    #[test]
    fn neighbours_mount_a_blob_at_the_same_time() {
        let shelf = Shelf::default();
        let digest = Digest::of(b"x");
        let claimed = |name: &str| match shelf.claim(digest, &name.parse().unwrap()) {
            Claim::Ours(errand) => errand,
            Claim::Held(_) => panic!("{name} has it"),
        };
        claimed("r.example/a").arrived(0);
        let (b, c) = (claimed("r.example/b"), claimed("r.example/c"));
        assert!(b.holder.is_some() && c.holder.is_some());
        c.arrived(0);
        b.arrived(0);
    }
}
