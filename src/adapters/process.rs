//! Children: each in a process group of its own, fed, read within limits, never left behind.

#![expect(
    clippy::disallowed_methods,
    reason = "a time limit is measured on the machine's clock"
)]

mod output;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use output::{Keeping, Output};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::model::{Cancellation, Environment, StopReason};

/// How often a quiet child's run is asked whether it should stop.
const TICK: Duration = Duration::from_millis(50);
/// How soon a child is looked at that has closed its output: its end is near.
const SHORT_TICK: Duration = Duration::from_millis(1);
/// The longest line that is shown of a child whose output is not limited.
const MAX_LINE_BYTES: usize = 64 << 10;
/// How long a child may tell where it hangs.
const HEARING: Duration = Duration::from_secs(5);
/// How long a child may tidy up between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_secs(2);
/// How long a child may that is coracle itself: it gives children of its own their time, kills those that are left, and
/// ends after that. Nobody else knows their groups.
pub const GRACE_OF_OURS: Duration = Duration::from_secs(2 * GRACE.as_secs() + 1);

/// What no child is told: it has no use for our keys and logins.
const PRIVATE: [&str; 6] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "CORACLE_KEY",
    "CORACLE_KEY_PASSWORD",
    "CORACLE_PASSWORD",
    "COSIGN_PASSWORD",
    "SIGSTORE_ID_TOKEN",
];

/// What a child may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may run, where that is limited.
    pub time: Option<Duration>,
    /// How many bytes it may write to stdout, and as many to stderr.
    pub output_bytes: usize,
}

/// A child that came to its own end.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote to stdout.
    pub stdout: Vec<u8>,
    /// All that it wrote to stderr.
    pub stderr: Vec<u8>,
}

/// What a child writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Its results.
    Stdout,
    /// Its talk.
    Stderr,
}

/// Why a child did not come to its own end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program, or it cannot be run.
    #[error("cannot start it")]
    Start(#[source] io::Error),
    /// The system failed between the two.
    #[error("cannot talk to it")]
    Talk(#[from] io::Error),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
    /// It took too long.
    #[error("it took longer than {} s", .0.as_secs_f64())]
    OutOfTime(Duration),
    /// It wrote too much.
    #[error("it wrote more than {0} bytes")]
    TooLong(usize),
}

/// Finds the program `name` on the user's PATH. Only absolute folders of it count: a program in a
/// folder of the source is the source's.
pub fn find_program(environment: &Environment, name: &str) -> Option<PathBuf> {
    let path = environment.get("PATH")?;
    let is_program = |path: &PathBuf| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(is_program)
}

/// Finds a program that a project names: a path from `folder`, or a name on the user's PATH.
pub fn find_named(environment: &Environment, folder: &Path, word: &str) -> Option<PathBuf> {
    if word.contains('/') {
        return Some(folder.join(word)).filter(|path| path.is_file());
    }
    find_program(environment, word)
}

/// Returns a command that runs `program` in `environment`, and knows nothing of another.
pub fn command(program: &Path, environment: &Environment) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(environment.iter());
    command
}

/// Keeps from a child our keys and logins.
pub fn without_own_secrets(command: &mut Command) {
    for variable in PRIVATE {
        command.env_remove(variable);
    }
}

/// Runs `command` to its end: `input` is its stdin, its output is returned.
///
/// # Errors
/// When it cannot be started, breaks a limit, or the run is told to stop. Then it is gone, and so
/// is all that it started in its process group.
pub fn run(
    command: Command,
    input: &[u8],
    limits: Limits,
    cancellation: &Cancellation,
) -> Result<Finished, ProcessError> {
    run_observed(command, input, limits, cancellation, &mut |_, _| {})
}

/// As [`run`], and hands each line to `observe` as soon as it is whole, without its line feed.
///
/// # Errors
/// As for [`run`].
pub fn run_observed(
    mut command: Command,
    input: &[u8],
    limits: Limits,
    cancellation: &Cancellation,
    observe: &mut dyn FnMut(Stream, &[u8]),
) -> Result<Finished, ProcessError> {
    without_own_secrets(&mut command);
    Running::start(command, input)?.follow(limits, Left::LivesOn, cancellation, observe)
}

/// How long a child is waited for, and what is done then.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long it may run.
    pub time: Duration,
    /// What it is asked for when that is over.
    pub last_words: LastWords,
    /// How long it may tidy up when it is told to end.
    pub grace: Duration,
}

/// What a child is asked for whose time is over, before it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastWords {
    /// Nothing.
    Unwanted,
    /// Where it hangs: programs of Go tell at SIGQUIT, and the go command waits for them to do so.
    Stacks,
}

/// Runs `command` to its end, hands each line to `observe`, and keeps none. Then all that it started in its
/// process group is gone, whatever its end. It is told all that its environment holds.
///
/// # Errors
/// As for [`run`]; output is not limited, and of a line that is longer than a limit nothing is shown.
pub fn run_followed(
    command: Command,
    patience: Patience,
    cancellation: &Cancellation,
    observe: &mut dyn FnMut(Stream, &[u8]),
) -> Result<ExitStatus, ProcessError> {
    let mut running = Running::start(command, b"")?;
    running.last_words = patience.last_words;
    running.grace = patience.grace;
    running.stdout.keeping = Keeping::LastLine;
    running.stderr.keeping = Keeping::LastLine;
    let limits = Limits {
        time: Some(patience.time),
        output_bytes: MAX_LINE_BYTES,
    };
    let finished = running.follow(limits, Left::IsKilled, cancellation, observe)?;
    Ok(finished.status)
}

/// What becomes of what a child has started, once it has ended itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    LivesOn,
    IsKilled,
}

/// A child and what is left to say to it.
struct Running<'a> {
    child: Child,
    group: Pid,
    input: &'a [u8],
    stdin: Option<OwnedFd>,
    stdout: Output,
    stderr: Output,
    last_words: LastWords,
    grace: Duration,
}

impl<'a> Running<'a> {
    fn start(mut command: Command, input: &'a [u8]) -> Result<Self, ProcessError> {
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(ProcessError::Start)?;
        let group = Pid::from_child(&child);
        let stdin = child.stdin.take().map(OwnedFd::from);
        let stdout = child.stdout.take().map(OwnedFd::from);
        let stderr = child.stderr.take().map(OwnedFd::from);
        for pipe in [&stdin, &stdout, &stderr].into_iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true).map_err(io::Error::from)?;
        }
        Ok(Self {
            child,
            group,
            input,
            stdin,
            stdout: Output::new(Stream::Stdout, stdout),
            stderr: Output::new(Stream::Stderr, stderr),
            last_words: LastWords::Unwanted,
            grace: GRACE,
        })
    }

    /// Talks to the child until it has ended, must stop, or has no time left.
    fn follow(
        mut self,
        limits: Limits,
        left: Left,
        cancellation: &Cancellation,
        observe: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Finished, ProcessError> {
        let started = Instant::now();
        loop {
            // Asked before the pipes are emptied: what a child wrote is there before it ends. They are
            // not waited for: a grandchild that lives on may hold them open.
            let has_ended = self.has_ended();
            if has_ended && left == Left::IsKilled {
                self.signal(Signal::KILL);
            }
            self.talk(limits.output_bytes, observe)?;
            if has_ended {
                let status = self.child.wait()?;
                return Ok(self.finish(status, observe));
            }
            if let Some(reason) = cancellation.reason() {
                self.stop(cancellation);
                return Err(ProcessError::Stopped(reason));
            }
            if let Some(time) = limits.time.filter(|&time| started.elapsed() >= time) {
                if self.last_words == LastWords::Stacks {
                    self.ask_where(limits.output_bytes, cancellation, observe)?;
                }
                self.stop(cancellation);
                return Err(ProcessError::OutOfTime(time));
            }
            self.wait_for_news()?;
        }
    }

    /// Writes and reads as much as goes without waiting.
    fn talk(
        &mut self,
        limit_bytes: usize,
        observe: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<(), ProcessError> {
        self.feed()?;
        self.stdout.drain(limit_bytes, observe)?;
        self.stderr.drain(limit_bytes, observe)
    }

    fn feed(&mut self) -> io::Result<()> {
        while let Some(pipe) = self.stdin.as_ref().filter(|_| !self.input.is_empty()) {
            match rustix::io::write(pipe, self.input) {
                Ok(written) => self.input = &self.input[written..],
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                // It does not want to hear the rest.
                Err(Errno::PIPE) => self.input = &[],
                Err(error) => return Err(error.into()),
            }
        }
        self.stdin = None;
        Ok(())
    }

    /// Waits until there is something to read or to write, at most for a tick.
    fn wait_for_news(&self) -> io::Result<()> {
        let outputs = [&self.stdout.pipe, &self.stderr.pipe];
        let tick = if outputs.iter().all(|pipe| pipe.is_none()) {
            SHORT_TICK
        } else {
            TICK
        };
        let reading = outputs.into_iter().flatten();
        let mut news: Vec<PollFd<'_>> = reading
            .map(|pipe| PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN))
            .chain(
                self.stdin
                    .iter()
                    .map(|pipe| PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::OUT)),
            )
            .collect();
        pause(&mut news, tick)
    }

    fn finish(mut self, status: ExitStatus, observe: &mut dyn FnMut(Stream, &[u8])) -> Finished {
        self.stdout.observe_rest(observe);
        self.stderr.observe_rest(observe);
        Finished {
            status,
            stdout: std::mem::take(&mut self.stdout.bytes),
            stderr: std::mem::take(&mut self.stderr.bytes),
        }
    }

    /// Asks the group where it hangs, and hears it out.
    fn ask_where(
        &mut self,
        limit_bytes: usize,
        cancellation: &Cancellation,
        observe: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<(), ProcessError> {
        let asked = Instant::now();
        let is_over = || asked.elapsed() >= HEARING || cancellation.reason().is_some();
        self.signal(Signal::QUIT);
        while !is_over() && !self.has_ended() {
            self.talk(limit_bytes, observe)?;
            self.wait_for_news()?;
        }
        self.talk(limit_bytes, observe)
    }

    /// Asks the group to end, lets it tidy up for a while, and kills what is left.
    fn stop(&mut self, cancellation: &Cancellation) {
        let asked = Instant::now();
        let grace = self.grace;
        let is_over = || asked.elapsed() >= grace || cancellation.is_urgent();
        self.signal(Signal::TERM);
        while !is_over() && !self.has_ended() {
            // An early end of the pause only makes one more turn.
            let _ = pause(&mut [], TICK);
        }
        self.kill();
    }

    /// Tells whether the child has ended, without taking its end from the system: until that is
    /// done its number, and so the group's, means no other.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.group), options), Ok(None))
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        // Nobody can do more about a child that cannot be waited for.
        let _ = self.child.wait();
    }

    fn signal(&self, signal: Signal) {
        // A group that is gone needs no signal.
        let _ = kill_process_group(self.group, signal);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.kill();
        }
    }
}

fn pause(news: &mut [PollFd<'_>], limit: Duration) -> io::Result<()> {
    let limit = Timespec {
        tv_sec: 0,
        tv_nsec: limit.subsec_nanos().into(),
    };
    match poll(news, Some(&limit)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
