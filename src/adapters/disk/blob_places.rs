//! Where blobs were brought, in the cache folder: `places/HEX` has a repository a line, the newest
//! first.

use super::CacheFolder;
use crate::model::{Digest, RegistryHost, Repository};
use crate::ports::BlobPlaces;

/// How many repositories of one blob are remembered.
const MOST: usize = 8;
/// So many have room in a file of this length.
const MAX_BYTES: u64 = 4 << 10;

/// The places of blobs in the cache folder.
pub struct DiskBlobPlaces {
    cache: CacheFolder,
}

impl DiskBlobPlaces {
    /// Keeps them in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }

    /// Lines that are no repository are another version's.
    fn read(&self, digest: Digest) -> Vec<Repository> {
        let bytes = self.cache.read_small(&self.cache.place(&digest), MAX_BYTES);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }
}

impl BlobPlaces for DiskBlobPlaces {
    fn holder(&self, digest: Digest, host: &RegistryHost) -> Option<Repository> {
        let mut places = self.read(digest).into_iter();
        places.find(|repository| repository.host() == host)
    }

    fn note(&self, digest: Digest, repository: &Repository) {
        let mut places = self.read(digest);
        if places.contains(repository) {
            return;
        }
        places.insert(0, repository.clone());
        places.truncate(MOST);
        let lines: Vec<String> = places.iter().map(Repository::to_string).collect();
        // A cache that takes nothing more is told of where it matters.
        let _ = self
            .cache
            .keep_small(&self.cache.place(&digest), lines.join("\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn repository(text: &str) -> Repository {
        text.parse().unwrap()
    }

    #[test]
    fn the_newest_place_at_a_host_is_told() {
        let folder = TempDir::new().unwrap();
        let places = DiskBlobPlaces::new(CacheFolder::at(folder.path().join("cache")));
        let digest = Digest::of(b"layer");
        for place in [
            "r.example/a",
            "r.example/b",
            "other.example/c",
            "r.example/a",
        ] {
            places.note(digest, &repository(place));
        }
        let holder = |host: &str| places.holder(digest, &host.parse().unwrap());
        assert_eq!(holder("r.example"), Some(repository("r.example/b")));
        assert_eq!(holder("other.example"), Some(repository("other.example/c")));
        assert_eq!(holder("third.example"), None);
    }

    #[test]
    fn no_more_places_are_kept_than_are_of_use() {
        let folder = TempDir::new().unwrap();
        let places = DiskBlobPlaces::new(CacheFolder::at(folder.path().join("cache")));
        let digest = Digest::of(b"layer");
        for number in 0..20 {
            places.note(digest, &repository(&format!("r.example/{number}")));
        }
        assert_eq!(places.read(digest).len(), MOST);
    }

    #[test]
    fn what_is_no_repository_is_passed_over() {
        let folder = TempDir::new().unwrap();
        let places = DiskBlobPlaces::new(CacheFolder::at(folder.path().join("cache")));
        let digest = Digest::of(b"layer");
        let cache = &places.cache;
        cache
            .keep_small(&cache.place(&digest), b"nonsense\nr.example/a\n\xff")
            .unwrap();
        assert_eq!(places.holder(digest, &"r.example".parse().unwrap()), None);
        cache
            .keep_small(&cache.place(&digest), b"nonsense\nr.example/a\n")
            .unwrap();
        assert!(
            places
                .holder(digest, &"r.example".parse().unwrap())
                .is_some()
        );
    }
}
