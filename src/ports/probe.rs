//! Tries of what was deployed, and alerts.

use std::time::Duration;

use crate::config::{AlertConfig, SmokeKind};
use crate::deploy::Answer;
use crate::model::BuildError;

/// Tries whether something works, and waits between tries.
pub trait SmokeProbe: Sync {
    /// Tries once, for at most `limit`.
    ///
    /// # Errors
    /// When the run is told to stop, or the program of the test is missing.
    fn probe(&self, kind: &SmokeKind, limit: Duration) -> Result<Answer, BuildError>;

    /// Waits, but not longer than the run lasts.
    ///
    /// # Errors
    /// When the run is told to stop.
    fn wait(&self, time: Duration) -> Result<(), BuildError>;
}

/// Tells people of what went wrong.
pub trait Alarm: Sync {
    /// Sends `text`, and says of each way what kept it from being sent.
    fn ring(&self, alert: &AlertConfig, text: &str) -> Vec<String>;
}
