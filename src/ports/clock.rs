//! How long the run has gone on.

use std::time::Duration;

/// A stopwatch that started with the program. It times work; no byte of an image depends on it.
pub trait Clock: Sync {
    /// Returns the time since the program started.
    fn elapsed(&self) -> Duration;
}

impl<C: Clock + ?Sized> Clock for &C {
    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}
