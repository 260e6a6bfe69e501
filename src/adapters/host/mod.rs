//! The machine: what it is, how long the run has gone on, and the signals that end it.
#![expect(
    clippy::disallowed_methods,
    reason = "environment, working directory and clock are read here, once, for everyone"
)]

mod open_files;
mod panics;
mod signals;
mod umask;

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

pub use open_files::open_as_many_files_as_allowed;
pub use panics::end_at_panic;
pub use signals::{SignalError, listen};
pub use umask::Umask;

use crate::model::{
    BuildError, Cancellation, Environment, ExitCode, Host, Phase, Platform, PlatformError,
    StopReason, Terminal, Timestamp,
};
use crate::ports::Clock;

/// Why the machine cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The working directory is gone or may not be looked at.
    #[error("cannot tell the working directory")]
    WorkingDirectory(#[source] std::io::Error),
    /// The machine has no name among Go's platforms.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// Ctrl-C would not be heard.
    #[error(transparent)]
    Signals(#[from] SignalError),
}

impl From<HostError> for BuildError {
    fn from(error: HostError) -> Self {
        Self::new(Phase::Config, "", "cannot look at this machine")
            .because(error)
            .exit(ExitCode::Internal)
    }
}

impl From<SignalError> for BuildError {
    fn from(error: SignalError) -> Self {
        HostError::from(error).into()
    }
}

/// Reads the machine.
///
/// # Errors
/// When the working directory cannot be told, or Go has no word for the machine.
pub fn read() -> Result<Host, HostError> {
    let environment = Environment::new(std::env::vars_os());
    let is_screen = std::io::stderr().is_terminal() && environment.get_str("TERM") != Some("dumb");
    Ok(Host {
        cwd: working_directory(&environment)?,
        cores: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        platform: platform()?,
        terminal: if is_screen {
            Terminal::Screen
        } else {
            Terminal::Plain
        },
        environment,
    })
}

/// Prefers `$PWD` where it names the same folder, so that messages show the path as the user
/// typed it, links and all.
fn working_directory(environment: &Environment) -> Result<PathBuf, HostError> {
    let actual = std::env::current_dir().map_err(HostError::WorkingDirectory)?;
    let typed = environment.get_path("PWD").filter(|path| {
        path.is_absolute() && std::fs::canonicalize(path).is_ok_and(|path| path == actual)
    });
    Ok(typed.unwrap_or(actual))
}

fn platform() -> Result<Platform, PlatformError> {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        arch => arch,
    };
    format!("{os}/{arch}").parse()
}

/// Returns what the machine's clock shows.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.unwrap_or_default().as_secs();
    Timestamp::from_seconds(seconds.try_into().unwrap_or(i64::MAX))
}

/// A stopwatch that runs since it was made.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Stopwatch {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Tells `cancellation` to stop once `limit` is over, from a thread that dies with the process.
pub fn stop_after(limit: Duration, cancellation: Cancellation) {
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        cancellation.stop(StopReason::TimedOut);
    });
}
