//! Looking after the cache folder: what is there, whether it is sound, and what goes.

use std::io;
use std::path::Path;

use crate::config::CacheLimit;
use crate::model::{
    BuildError, ByteSize, CacheEntry, CacheKind, Cancellation, Event, ExitCode, Phase, Timestamp,
    Work,
};
use crate::ports::{CacheShelf, EventSink, Health, Progress, Removal};
use crate::report::{CacheCheck, CacheClean, HarmedCacheEntry, counted};

/// What part of the limit is free once something was removed: a tenth, so that not every run which
/// adds something has to remove something.
const SPARE: u64 = 10;

/// The cache folder and all who know of something in it.
#[derive(Clone, Copy)]
pub struct Cache<'a> {
    /// Where it is.
    pub folder: &'a Path,
    /// What looks after each of its kinds.
    pub shelves: &'a [&'a dyn CacheShelf],
}

/// Which entries are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleaning {
    /// Of which kind; without one, of every kind that this version knows.
    pub kind: Option<CacheKind>,
    /// Those that were used last before this.
    pub unused_since: Option<Timestamp>,
}

/// An entry, and who looks after it.
struct Found<'a> {
    shelf: &'a dyn CacheShelf,
    entry: CacheEntry,
}

impl<'a> Cache<'a> {
    /// Returns all that is there, by kind and name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn survey(&self) -> Result<Vec<CacheEntry>, BuildError> {
        let found = self.all()?.into_iter();
        Ok(found.map(|found| found.entry).collect())
    }

    /// Reads all that is kept anew, and removes what is harmed; each such entry is an error.
    ///
    /// # Errors
    /// When the folder cannot be read, or the run is told to stop.
    pub fn check(
        &self,
        events: &dyn EventSink,
        cancellation: &Cancellation,
    ) -> Result<(CacheCheck, Vec<BuildError>), BuildError> {
        let _progress = Progress::start(events, Work::new(Phase::Cache, "check"), None);
        let (mut entries, mut harmed, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for found in self.all()? {
            if !found.entry.kind.is_kept() {
                continue;
            }
            if let Some(reason) = cancellation.reason() {
                return Err(reason.to_error());
            }
            match found.shelf.check(&found.entry) {
                Ok(Health::Sound) => {}
                Ok(Health::Harmed(reason)) => {
                    let removed = found.shelf.remove(&found.entry);
                    let is_removed = matches!(removed, Ok(Removal::Removed | Removal::Gone));
                    errors.push(harm(&found.entry, &reason, removed));
                    harmed.push(HarmedCacheEntry {
                        entry: (&found.entry).into(),
                        reason,
                        is_removed,
                    });
                }
                Err(error) => errors.push(unreadable(&found.entry.name, "cannot read it", error)),
            }
            entries.push(found.entry);
        }
        Ok((CacheCheck::of(self.name(), &entries, harmed), errors))
    }

    /// Removes what `cleaning` says; what cannot be removed is an error.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn clean(
        &self,
        cleaning: &Cleaning,
    ) -> Result<(CacheClean, Option<BuildError>), BuildError> {
        let (mut removed, mut in_use, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let mut unknown = Vec::new();
        for found in self.all()? {
            if found.entry.kind == CacheKind::Other {
                unknown.push(found.entry);
                continue;
            }
            if !cleaning.means(&found.entry) {
                continue;
            }
            match found.shelf.remove(&found.entry) {
                Ok(Removal::Removed) => removed.push(found.entry),
                Ok(Removal::InUse) => in_use.push(found.entry),
                Ok(Removal::Gone) => {}
                Err(error) => failed.push((found.entry, error)),
            }
        }
        let document = CacheClean::of(self.name(), &removed, &in_use, &unknown);
        Ok((document, self.unremovable(failed)))
    }

    /// Removes what killed processes have left, and, where more is kept than `limit`, what was used
    /// least recently; tells of that. What cannot be listed or removed stays: no run fails by it.
    pub fn trim(&self, limit: CacheLimit, events: &dyn EventSink) {
        for shelf in self.shelves {
            shelf.sweep();
        }
        let CacheLimit::AtMost(ByteSize(limit_bytes)) = limit else {
            return;
        };
        let removed = self.remove_beyond(limit_bytes);
        if removed.is_empty() {
            return;
        }
        let size = ByteSize(removed.iter().map(|entry| entry.size_bytes).sum());
        let number = counted(removed.len() as u64, "entry", "entries");
        events.emit(Event::Noted {
            phase: Phase::Cache,
            message: format!(
                "it held more than {limit}: what was used least recently is removed, {number} of {size}"
            ),
        });
    }

    fn remove_beyond(&self, limit_bytes: u64) -> Vec<CacheEntry> {
        let kept = self.list(|shelf| shelf.kept()).unwrap_or_default();
        let mut size_bytes: u64 = kept.iter().map(|found| found.entry.size_bytes).sum();
        if size_bytes <= limit_bytes {
            return Vec::new();
        }
        let wanted_bytes = limit_bytes - limit_bytes / SPARE;
        let mut removed = Vec::new();
        for found in by_last_use(kept) {
            if size_bytes <= wanted_bytes {
                break;
            }
            if let Ok(Removal::Removed | Removal::Gone) = found.shelf.remove(&found.entry) {
                size_bytes = size_bytes.saturating_sub(found.entry.size_bytes);
                removed.push(found.entry);
            }
        }
        removed
    }

    fn all(&self) -> Result<Vec<Found<'a>>, BuildError> {
        let all = |shelf: &dyn CacheShelf| Ok([shelf.kept()?, shelf.others()?].concat());
        let mut found = self
            .list(all)
            .map_err(|error| unreadable(&self.name(), "cannot read the cache folder", error))?;
        found.sort_by(|one, other| {
            let key = |found: &Found<'_>| (found.entry.kind, found.entry.name.clone());
            key(one).cmp(&key(other))
        });
        Ok(found)
    }

    fn list(
        &self,
        list: impl Fn(&dyn CacheShelf) -> io::Result<Vec<CacheEntry>>,
    ) -> io::Result<Vec<Found<'a>>> {
        let mut found = Vec::new();
        for &shelf in self.shelves {
            let entries = list(shelf)?.into_iter();
            found.extend(entries.map(|entry| Found { shelf, entry }));
        }
        Ok(found)
    }

    fn name(&self) -> String {
        self.folder.display().to_string()
    }

    fn unremovable(&self, failed: Vec<(CacheEntry, io::Error)>) -> Option<BuildError> {
        let number = failed.len();
        let (entry, error) = failed.into_iter().next()?;
        let message = match number {
            1 => format!("cannot remove {}", entry.name),
            _ => format!("cannot remove {} and {} more", entry.name, number - 1),
        };
        let error = BuildError::new(Phase::Cache, self.name(), message).because(error);
        Some(error.exit(ExitCode::CannotWrite))
    }
}

impl Cleaning {
    fn means(&self, entry: &CacheEntry) -> bool {
        self.kind.is_none_or(|kind| entry.kind == kind)
            && self.unused_since.is_none_or(|time| entry.used < time)
    }
}

/// Sorts by last use, then name, so that two processes would remove the same.
fn by_last_use(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    found.sort_by(|one, other| {
        let key = |found: &Found<'_>| (found.entry.used, found.entry.path.clone());
        key(one).cmp(&key(other))
    });
    found
}

fn harm(entry: &CacheEntry, reason: &str, removed: io::Result<Removal>) -> BuildError {
    let message = "it is harmed";
    let error = BuildError::new(Phase::Cache, &entry.name, message).because(reason.to_owned());
    match removed {
        Ok(Removal::Removed | Removal::Gone) => {
            error.hint("it is removed; the next run that needs it makes it anew")
        }
        Ok(Removal::InUse) => {
            error.hint("a running process uses it; when that has ended: coracle cache check")
        }
        Err(cause) => error.hint(format!("it cannot be removed: {cause}")),
    }
}

fn unreadable(name: &str, message: &str, error: io::Error) -> BuildError {
    BuildError::new(Phase::Cache, name, message).because(error)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::report::FanOut;

    /// A shelf of entries in memory.
    struct MemoryShelf {
        entries: Mutex<Vec<CacheEntry>>,
        in_use: &'static str,
    }

    impl MemoryShelf {
        /// Entries by name and size in KB, the first used first.
        fn of(kind: CacheKind, entries: &[(&str, u64)]) -> Self {
            let entries = entries
                .iter()
                .zip(1..)
                .map(|(&(name, size), second)| CacheEntry {
                    kind,
                    name: name.to_owned(),
                    path: name.into(),
                    size_bytes: size << 10,
                    used: Timestamp::from_seconds(second),
                });
            Self {
                entries: Mutex::new(entries.collect()),
                in_use: "",
            }
        }

        fn names(&self) -> String {
            let entries = self.entries.lock().unwrap();
            let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            names.join(" ")
        }

        fn listed(&self, is_wanted: impl Fn(CacheKind) -> bool) -> Vec<CacheEntry> {
            let mut entries = self.entries.lock().unwrap().clone();
            entries.retain(|entry| is_wanted(entry.kind));
            entries
        }
    }

    impl CacheShelf for MemoryShelf {
        fn kept(&self) -> io::Result<Vec<CacheEntry>> {
            Ok(self.listed(CacheKind::is_kept))
        }

        fn others(&self) -> io::Result<Vec<CacheEntry>> {
            Ok(self.listed(|kind| !kind.is_kept()))
        }

        fn sweep(&self) {}

        fn check(&self, _: &CacheEntry) -> io::Result<Health> {
            Ok(Health::Sound)
        }

        fn remove(&self, entry: &CacheEntry) -> io::Result<Removal> {
            if entry.name == self.in_use {
                return Ok(Removal::InUse);
            }
            let mut entries = self.entries.lock().unwrap();
            entries.retain(|known| known.name != entry.name);
            Ok(Removal::Removed)
        }
    }

    fn cache<'a>(shelves: &'a [&'a dyn CacheShelf]) -> Cache<'a> {
        Cache {
            folder: Path::new("/cache"),
            shelves,
        }
    }

    fn at_most(size: &str) -> CacheLimit {
        size.parse().unwrap()
    }

    #[test]
    fn what_was_used_least_recently_goes_until_a_tenth_of_the_limit_is_free() {
        let entries = [("d", 10), ("c", 10), ("b", 10), ("a", 10)];
        for (limit, left) in [
            ("unlimited", "d c b a"),
            ("40KB", "d c b a"),
            ("39KB", "c b a"),
            ("30KB", "b a"),
            ("1KB", ""),
        ] {
            let shelf = MemoryShelf::of(CacheKind::Blobs, &entries);
            cache(&[&shelf]).trim(at_most(limit), &FanOut::new(Vec::new()));
            assert_eq!(shelf.names(), left, "{limit}");
        }
    }

    #[test]
    fn what_is_in_use_or_not_kept_for_later_is_not_trimmed() {
        let mut kept = MemoryShelf::of(CacheKind::Toolchains, &[("a", 10), ("b", 10)]);
        kept.in_use = "a";
        let other = MemoryShelf::of(CacheKind::Other, &[("o", 100)]);
        let temporary = MemoryShelf::of(CacheKind::Temporary, &[("t", 100)]);
        let shelves: [&dyn CacheShelf; 3] = [&kept, &other, &temporary];
        let trim = |limit| cache(&shelves).trim(at_most(limit), &FanOut::new(Vec::new()));
        trim("20KB");
        assert_eq!(kept.names(), "a b");
        trim("19KB");
        assert_eq!(kept.names(), "a");
        assert_eq!((other.names(), temporary.names()), ("o".into(), "t".into()));
    }

    #[test]
    fn cleaning_takes_what_was_asked_for_and_never_what_nobody_knows() {
        let clean = |kind, unused_since: Option<i64>| {
            let blobs = MemoryShelf::of(CacheKind::Blobs, &[("a", 1), ("b", 1)]);
            let left = MemoryShelf::of(CacheKind::Temporary, &[("t", 1)]);
            let other = MemoryShelf::of(CacheKind::Other, &[("o", 1)]);
            let cleaning = Cleaning {
                kind,
                unused_since: unused_since.map(Timestamp::from_seconds),
            };
            cache(&[&blobs, &left, &other]).clean(&cleaning).unwrap();
            [blobs.names(), left.names(), other.names()].join("|")
        };
        assert_eq!(clean(None, None), "||o");
        assert_eq!(clean(None, Some(2)), "b||o");
        assert_eq!(clean(Some(CacheKind::Blobs), None), "|t|o");
        assert_eq!(clean(Some(CacheKind::Memos), None), "a b|t|o");
    }
}
