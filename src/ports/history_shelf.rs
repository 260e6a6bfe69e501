//! Where it is kept what runs came to.

use std::io;

use thiserror::Error;

use crate::history::{Past, Run};
use crate::model::Timestamp;

/// Keeps records of runs, of all projects, in the order that they came in.
pub trait HistoryShelf: Sync {
    /// Adds a record; others may do so at the same time. Where nothing was kept before, nothing is.
    ///
    /// # Errors
    /// When the medium takes no more, or the record is too long.
    fn add(&self, run: &Run) -> Result<(), ShelfError>;

    /// Returns the newest runs of `project`, at most `most`, in their order as seen at `now`.
    ///
    /// # Errors
    /// When there is a history and it cannot be read.
    fn past(&self, project: &str, most: usize, now: Timestamp) -> io::Result<Past>;
}

/// What is wrong after a record was to be added.
#[derive(Debug, Error)]
pub enum ShelfError {
    /// It is not there.
    #[error("this run is not in the history: {0}")]
    NotAdded(io::Error),
    /// It is there, and so is what should have gone for it.
    #[error("the history has grown too long, and its oldest runs cannot be taken out of it: {0}")]
    NotCut(io::Error),
}

impl ShelfError {
    /// Returns what the medium said.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NotAdded(error) | Self::NotCut(error) => error.kind(),
        }
    }
}
