//! What the cache folder keeps, seen by whoever looks after it.

use std::io;

use crate::model::CacheEntry;

/// Some kinds of things in the cache folder, with all that is known of their form.
///
/// Other processes use the folder meanwhile: what was listed may be gone, or come anew.
pub trait CacheShelf: Sync {
    /// Returns what is kept for later runs, in no order.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    fn kept(&self) -> io::Result<Vec<CacheEntry>>;

    /// Returns what else is there, in no order; to tell how much it is may take its time.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    fn others(&self) -> io::Result<Vec<CacheEntry>>;

    /// Removes what killed processes have left, as far as that takes no time.
    fn sweep(&self);

    /// Reads an entry of this shelf anew, to the last byte.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn check(&self, entry: &CacheEntry) -> io::Result<Health>;

    /// Removes an entry of this shelf, unless a process needs it where it is.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, entry: &CacheEntry) -> io::Result<Removal>;
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is what its name says, or nothing can be said of it.
    Sound,
    /// It is not what its name says, for this reason.
    Harmed(String),
}

/// What came of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// A running process needs it.
    InUse,
    /// It was gone already.
    Gone,
}
