//! What checksum databases were seen to sign.

/// Remembers from run to run the largest tree that each checksum database has signed, so that it cannot
/// show another history later.
pub trait HeadShelf: Sync {
    /// Returns the note that was kept for the database of this name.
    fn seen(&self, database: &str) -> Option<String>;

    /// Keeps a note in place of the one before. Where nothing can be kept, less is known the next time.
    fn keep(&self, database: &str, note: &str);
}
