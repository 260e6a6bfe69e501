//! A go command, run.

#![expect(
    clippy::disallowed_methods,
    reason = "the go program is what this adapter drives"
)]

use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::go_error::GoError;
use crate::adapters::process::{self, Finished, Limits, ProcessError, Stream};
use crate::compile::{DOWNLOADING, GoCommand};
use crate::model::Cancellation;
use crate::ports::Clock;

/// The most that a go command may write: listings of large programs have a few MiB.
const MAX_OUTPUT_BYTES: usize = 32 << 20;
/// How often it is looked what a command has done so far.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the go commands of a batch, within the time that it has.
pub(super) struct RunGo<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) cancellation: &'a Cancellation,
    pub(super) started: Duration,
    pub(super) time_limit: Option<Duration>,
}

impl RunGo<'_> {
    /// Runs a command that must succeed.
    pub(super) fn run(&self, command: &GoCommand) -> Result<Finished, GoError> {
        self.run_observed(command, &mut |_, _| {})
    }

    /// Runs a command that must succeed, and shows `observe` each line that it writes.
    pub(super) fn run_observed(
        &self,
        command: &GoCommand,
        observe: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Finished, GoError> {
        let started = start(command);
        let finished =
            process::run_observed(started, b"", self.limits(), self.cancellation, observe);
        let finished = finished.map_err(|error| self.blame(error))?;
        if finished.status.success() {
            return Ok(finished);
        }
        let said = String::from_utf8_lossy(&finished.stderr);
        let lines = said.lines().filter(|line| !line.starts_with(DOWNLOADING));
        Err(GoError::Said(lines.collect::<Vec<&str>>().join("\n")))
    }

    /// Runs a command, whatever it comes to, and calls `look` again and again meanwhile.
    pub(super) fn run_beside(
        &self,
        command: &GoCommand,
        mut look: impl FnMut(),
    ) -> Result<Finished, GoError> {
        let (command, limits) = (start(command), self.limits());
        let cancellation = self.cancellation;
        let (sender, receiver) = channel();
        let finished = std::thread::scope(|scope| {
            scope.spawn(move || {
                // The other end waits for as long as this thread lives.
                let _ = sender.send(process::run(command, b"", limits, cancellation));
            });
            loop {
                match receiver.recv_timeout(LOOK) {
                    Ok(finished) => return finished,
                    Err(RecvTimeoutError::Timeout) => look(),
                    Err(RecvTimeoutError::Disconnected) => {
                        let lost = std::io::Error::other("its thread ended before it");
                        return Err(ProcessError::Talk(lost));
                    }
                }
            }
        });
        finished.map_err(|error| self.blame(error))
    }

    fn limits(&self) -> Limits {
        let gone = self.clock.elapsed().saturating_sub(self.started);
        Limits {
            time: self.time_limit.map(|limit| limit.saturating_sub(gone)),
            output_bytes: MAX_OUTPUT_BYTES,
        }
    }

    /// The time that the user knows of is the whole batch's, not what was left of it.
    fn blame(&self, error: ProcessError) -> GoError {
        match (error, self.time_limit) {
            (ProcessError::OutOfTime(_), Some(limit)) => ProcessError::OutOfTime(limit).into(),
            (error, _) => error.into(),
        }
    }
}

fn start(command: &GoCommand) -> Command {
    tracing::debug!(?command, "running go");
    let mut started = Command::new(&command.program);
    started
        .args(&command.arguments)
        .current_dir(&command.folder)
        .env_clear()
        .envs(&command.environment);
    started
}
