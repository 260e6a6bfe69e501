//! The one way in which a run is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::{BuildError, ExitCode, Phase};

/// A flag that all long work looks at: set once by a signal or by the run's time limit.
///
/// ```
/// # use coracle::model::{Cancellation, ExitCode, StopReason};
/// let cancellation = Cancellation::default();
/// assert_eq!(cancellation.reason(), None);
/// cancellation.stop(StopReason::Interrupted);
/// cancellation.stop(StopReason::TimedOut);
/// assert_eq!(cancellation.reason(), Some(StopReason::Interrupted));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<State>);

#[derive(Debug, Default)]
struct State {
    reason: AtomicU8,
    is_urgent: AtomicBool,
}

/// Why a run stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// SIGINT: Ctrl-C.
    Interrupted,
    /// SIGTERM or SIGHUP.
    Terminated,
    /// The whole run's time limit.
    TimedOut,
}

impl StopReason {
    /// Returns what the program ends with.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Interrupted => ExitCode::Interrupted,
            Self::Terminated => ExitCode::Terminated,
            Self::TimedOut => ExitCode::TimedOut,
        }
    }

    /// Returns the one error that a stopped run shows, whatever its work broke off with.
    pub fn to_error(self) -> BuildError {
        let message = match self {
            Self::Interrupted => "interrupted; nothing is half-written, run again to go on",
            Self::Terminated => "terminated; nothing is half-written, run again to go on",
            Self::TimedOut => "the time limit is over; nothing is half-written",
        };
        let error = BuildError::new(Phase::Report, "", message).exit(self.exit_code());
        match self {
            Self::TimedOut => {
                error.hint("give more time with --timeout, or see with -v where it goes")
            }
            Self::Interrupted | Self::Terminated => error,
        }
    }
}

impl Cancellation {
    /// Asks all work to stop; the first reason stays.
    pub fn stop(&self, reason: StopReason) {
        let code = match reason {
            StopReason::Interrupted => 1,
            StopReason::Terminated => 2,
            StopReason::TimedOut => 3,
        };
        // A reason that is there already is kept, so the outcome of the exchange does not matter.
        let _ = self
            .0
            .reason
            .compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Asks all work that stops to leave out what it would tidy up.
    pub fn hurry(&self) {
        self.0.is_urgent.store(true, Ordering::SeqCst);
    }

    /// Tells whether nothing is to be waited for any more.
    pub fn is_urgent(&self) -> bool {
        self.0.is_urgent.load(Ordering::SeqCst)
    }

    /// Returns why to stop, once somebody asked for it.
    pub fn reason(&self) -> Option<StopReason> {
        match self.0.reason.load(Ordering::SeqCst) {
            1 => Some(StopReason::Interrupted),
            2 => Some(StopReason::Terminated),
            3 => Some(StopReason::TimedOut),
            _ => None,
        }
    }

    /// Tells whether work should stop.
    pub fn is_stopped(&self) -> bool {
        self.reason().is_some()
    }
}
