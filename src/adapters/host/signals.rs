//! Ctrl-C and its kin.

#![expect(
    clippy::disallowed_methods,
    reason = "children are given a moment to be killed in"
)]

use std::io;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::model::{Cancellation, StopReason};

/// Why signals cannot be listened to.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen to signals")]
pub struct SignalError(#[from] io::Error);

/// How soon children that have not ended yet are killed: those who look after them look more often.
pub(super) const HASTE: Duration = Duration::from_millis(200);

/// Turns the first SIGINT, SIGTERM or SIGHUP into a request to stop, on a thread of its own. A
/// second one has children killed and ends the process, for whoever cannot wait.
///
/// # Errors
/// When the system takes no handler.
pub fn listen(cancellation: Cancellation) -> Result<(), SignalError> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if cancellation.is_stopped() {
                cancellation.hurry();
                std::thread::sleep(HASTE);
                // The default action of these signals ends the process; it cannot fail for them.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            cancellation.stop(match signal {
                SIGINT => StopReason::Interrupted,
                _ => StopReason::Terminated,
            });
        }
    });
    Ok(())
}
