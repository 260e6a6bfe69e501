//! What keeps a whole batch from being built.

use std::io;
use std::time::Duration;

use super::inspection::InspectionError;
use crate::adapters::process::ProcessError;
use crate::compile::{CommandError, ExecutableError, GoValuesError, KnownPaths, compile_error};
use crate::model::{BuildError, ExitCode, Phase};
use crate::plan::Target;

/// Why targets have no binary, whatever their source says.
#[derive(Debug, thiserror::Error)]
pub(super) enum GoError {
    /// There is no place for what is made.
    #[error("cannot write to the cache folder")]
    Workshop(#[source] io::Error),
    /// Somebody deleted what is worked in.
    #[error("the cache folder was deleted while the compiler ran")]
    Deleted,
    /// The batch cannot be compiled as it is asked.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The go program did not come to its own end.
    #[error("the go command did not finish")]
    Process(#[from] ProcessError),
    /// Its answer cannot be read.
    #[error(transparent)]
    Answer(#[from] GoValuesError),
    /// It failed before it looked at any package.
    #[error("{0}")]
    Said(String),
}

impl GoError {
    /// Returns the error of `target`.
    pub(super) fn for_target(&self, target: &Target, paths: &KnownPaths) -> BuildError {
        let error = |phase, message: &str| BuildError::new(phase, &target.platform, message);
        match self {
            Self::Said(text) => compile_error(target, &text.lines().collect::<Vec<_>>(), paths),
            Self::Command(cause) => error(Phase::Plan, &cause.to_string())
                .hint("take the setting out of [go] env, or name the platform that it is for"),
            Self::Workshop(cause) => error(Phase::Compile, &format!("{self}: {cause}"))
                .exit(ExitCode::CannotWrite)
                .hint("make room, or name another folder: CORACLE_CACHE=/var/tmp/coracle"),
            Self::Deleted => error(Phase::Compile, &self.to_string())
                .exit(ExitCode::CannotWrite)
                .hint("run again; to remove what no run uses: coracle cache clean"),
            Self::Process(ProcessError::Stopped(reason)) => {
                error(Phase::Compile, "stopped").exit(reason.exit_code())
            }
            Self::Process(ProcessError::OutOfTime(limit)) => {
                let limit = humane(*limit);
                error(Phase::Compile, &format!("did not finish within {limit}"))
                    .hint("give it more time with --timeout")
            }
            Self::Process(ProcessError::Start(cause)) => error(
                Phase::Compile,
                &format!("cannot run the go command: {cause}"),
            ),
            Self::Process(cause) => error(Phase::Compile, &format!("{self}: {cause}")),
            Self::Answer(cause) => {
                error(Phase::Compile, &cause.to_string()).exit(ExitCode::Internal)
            }
        }
    }
}

/// Returns the error of a program that was made and is not handed on.
pub(super) fn inspection_error(target: &Target, cause: InspectionError) -> BuildError {
    let message = format!(
        "the program made of {} is not handed on",
        target.main.import_path
    );
    let hints: &[&str] = match &cause {
        InspectionError::Executable(ExecutableError::Experiments(_)) => &[
            "build with a Go that is as it was released: --set go.toolchain=verified",
            "or ask for them, and every machine builds the same: [go] env = { GOEXPERIMENT = \"…\" }",
        ],
        _ => &[],
    };
    let error = BuildError::new(Phase::Compile, &target.platform, message).because(cause);
    hints.iter().fold(error, |error, hint| error.hint(*hint))
}

/// Writes a time as flags take it: `10m`, `1h30m`, `45s`, `250ms`.
fn humane(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (time.subsec_millis().into(), "ms"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts = parts.map(|(count, unit)| format!("{count}{unit}"));
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_typed() {
        let cases = [
            (600_000, "10m"),
            (5_400_000, "1h30m"),
            (45_000, "45s"),
            (250, "250ms"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(humane(Duration::from_millis(milliseconds)), text);
        }
    }
}
