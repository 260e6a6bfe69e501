//! Programs that are started for a deploy.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::adapters::process::{self, Finished, Limits, ProcessError};
use crate::model::{BuildError, Cancellation, Environment, Event, ExitCode, ForeignText, Phase};
use crate::ports::EventSink;

/// What one program may say.
const MAX_OUTPUT_BYTES: usize = 16 << 20;
/// How many of its last lines are told of a program that failed.
const LAST_LINES: usize = 5;

/// Starts programs in the project's folder.
#[derive(Clone)]
pub struct Runner<'a> {
    /// What the programs know of the environment.
    pub environment: Environment,
    /// The folder of coracle.toml.
    pub root: PathBuf,
    /// Who hears what they say.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: Cancellation,
    /// The environment that is deployed to.
    pub name: String,
}

/// How a program is to be run.
pub(super) struct Run<'r> {
    pub(super) program: &'r Path,
    pub(super) args: &'r [&'r str],
    pub(super) variables: &'r [(String, String)],
    pub(super) input: &'r [u8],
    pub(super) limit: Duration,
    pub(super) talk: Talk,
}

/// What becomes of what a program says while it runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Talk {
    /// It is told line by line.
    Told,
    /// It is an answer, for us.
    Ours,
}

impl Runner<'_> {
    /// Finds a program of the user's: a path from the folder of coracle.toml, or a name on PATH.
    pub(super) fn find(&self, word: &str) -> Result<PathBuf, BuildError> {
        process::find_named(&self.environment, &self.root, word).ok_or_else(|| {
            self.error(format!("there is no program {word}")).exit(ExitCode::Usage).hint(
                "name it by its path from the folder of coracle.toml, as in ./deploy.sh, or put it on PATH",
            )
        })
    }

    /// Runs a program to its end, whatever that is.
    pub(super) fn finish(&self, run: &Run<'_>) -> Result<Finished, BuildError> {
        let mut command = process::command(run.program, &self.environment);
        command
            .args(run.args)
            .envs(run.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.root);
        let limits = Limits {
            time: Some(run.limit),
            output_bytes: MAX_OUTPUT_BYTES,
        };
        let mut tell = |_, line: &[u8]| {
            if run.talk == Talk::Told {
                self.events.emit(Event::Noted {
                    phase: Phase::Deploy,
                    message: format!("{}: {}", self.name, String::from_utf8_lossy(line)),
                });
            }
        };
        let finished =
            process::run_observed(command, run.input, limits, &self.cancellation, &mut tell);
        finished.map_err(|error| self.unfinished(&run.program.display(), error))
    }

    /// Says that a program did not come to its end.
    pub(super) fn unfinished(&self, program: &dyn Display, error: ProcessError) -> BuildError {
        let told = self.error(format!("{program} did not come to its end"));
        match &error {
            ProcessError::Stopped(reason) => told.exit(reason.exit_code()),
            _ => told,
        }
        .because(error)
    }

    /// Runs a program to a good end, and returns what it wrote to stdout.
    pub(super) fn run(&self, run: &Run<'_>) -> Result<Vec<u8>, BuildError> {
        let finished = self.finish(run)?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        let program = run
            .program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let error = self.error(format!("{program} failed: {}", finished.status));
        Err(match last_lines(&finished) {
            said if said.is_empty() => error,
            said => error.because(said),
        })
    }

    pub(super) fn error(&self, message: String) -> BuildError {
        BuildError::new(Phase::Deploy, &self.name, message)
    }
}

/// Returns the last words of a program.
pub(super) fn last_lines(finished: &Finished) -> String {
    let said = [finished.stderr.trim_ascii(), finished.stdout.trim_ascii()];
    let said = said
        .into_iter()
        .find(|said| !said.is_empty())
        .unwrap_or_default();
    let said = String::from_utf8_lossy(said);
    let lines: Vec<&str> = said.lines().collect();
    let lines = &lines[lines.len().saturating_sub(LAST_LINES)..];
    let lines: Vec<String> = lines
        .iter()
        .map(|line| ForeignText::new(line).to_string())
        .collect();
    lines.join("\n")
}
