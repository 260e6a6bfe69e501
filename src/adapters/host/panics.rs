//! The end of a program that is at fault itself.
#![expect(
    clippy::disallowed_methods,
    reason = "children are given a moment to be killed in"
)]
#![expect(clippy::exit, reason = "no thread is in a state to go on")]

use std::{panic, process, thread};

use super::signals::HASTE;
use crate::model::{Cancellation, ExitCode, StopReason};

/// Has a panic of any thread end the process, its children killed: the other threads would wait
/// for ever for what this one does not do any more.
pub fn end_at_panic(cancellation: Cancellation) {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |fault| {
        tell(fault);
        cancellation.stop(StopReason::Terminated);
        cancellation.hurry();
        thread::sleep(HASTE);
        process::exit(ExitCode::Internal.number().into());
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "it ends the process; the next test runs it in one of its own"]
    fn a_thread_that_panics() {
        end_at_panic(Cancellation::default());
        let (_sender, nothing) = std::sync::mpsc::channel::<()>();
        thread::spawn(|| panic!("a fault"));
        let _ = nothing.recv();
    }

    #[test]
    fn a_panic_of_any_thread_is_the_end_and_70() {
        let ended = process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg(format!(
                "{}::a_thread_that_panics",
                module_path!().split_once("::").unwrap().1
            ))
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(70));
        assert!(String::from_utf8_lossy(&ended.stderr).contains("a fault"));
    }
}
