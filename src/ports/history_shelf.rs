//! Where it is kept what runs came to.

use std::io;

use crate::history::{Past, Run};
use crate::model::Timestamp;

/// Keeps records of runs, of all projects, in the order that they came in.
pub trait HistoryShelf: Sync {
    /// Adds a record; others may do so at the same time. Where nothing was kept before, nothing is.
    ///
    /// # Errors
    /// When the medium takes no more, or the record is too long.
    fn add(&self, run: &Run) -> io::Result<()>;

    /// Returns the newest runs of `project`, at most `most`, in their order as seen at `now`.
    ///
    /// # Errors
    /// When there is a history and it cannot be read.
    fn past(&self, project: &str, most: usize, now: Timestamp) -> io::Result<Past>;
}
