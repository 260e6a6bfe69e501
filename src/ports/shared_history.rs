//! The history that several machines share.

use std::collections::BTreeSet;

use crate::history::Run;
use crate::model::{BuildError, Timestamp};

/// Records of runs, where others see them too.
pub trait SharedHistory: Sync {
    /// Tells others of a run that has an id.
    ///
    /// # Errors
    /// When the place cannot be reached, or does not take it.
    fn tell(&self, run: &Run) -> Result<(), BuildError>;

    /// Returns what others told of `project` since `since`, but for the runs of these ids.
    ///
    /// # Errors
    /// When the place cannot be reached, or answers something else.
    fn told(
        &self,
        project: &str,
        since: Timestamp,
        known: &BTreeSet<String>,
    ) -> Result<Told, BuildError>;
}

/// What others told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Their runs, in the order of their times.
    pub runs: Vec<Run>,
    /// How many were harmed or of a later version.
    pub set_aside: u64,
}
