//! The kubectl program.

use std::io::Write as _;
use std::path::PathBuf;

use crate::adapters::process::{self, Limits, ProcessError, Stream};
use crate::cli::session::{Session, print_data};
use crate::model::{BuildError, ExitCode, Phase};

/// What kubectl may say.
const MAX_OUTPUT_BYTES: usize = 64 << 20;

/// The user's kubectl.
pub(in crate::cli) struct Kubectl<'a> {
    session: &'a Session,
    program: PathBuf,
}

impl<'a> Kubectl<'a> {
    /// Finds it on the PATH.
    pub(in crate::cli) fn find(session: &'a Session) -> Result<Self, BuildError> {
        let found = process::find_program(&session.host.environment, "kubectl");
        let program = found.ok_or_else(|| {
            BuildError::new(Phase::Config, "kubectl", "there is no such program on PATH")
                .hint("install it: https://kubernetes.io/docs/tasks/tools/")
                .hint("or take the documents elsewhere: coracle resolve -f FILE > resolved.yaml")
        })?;
        Ok(Self { session, program })
    }

    /// Runs it with `arguments` on `documents`, and passes on what it says.
    pub(in crate::cli) fn run(
        &self,
        arguments: &[String],
        documents: &str,
    ) -> Result<(), BuildError> {
        let session = self.session;
        let mut command = process::command(&self.program, &session.host.environment);
        command.current_dir(&session.host.cwd).args(arguments);
        let limits = Limits {
            time: None,
            output_bytes: MAX_OUTPUT_BYTES,
        };
        let mut pass = |stream: Stream, line: &[u8]| {
            let line = [line, b"\n"].concat();
            // Whoever does not listen any more is not told.
            let _ = match stream {
                Stream::Stdout => print_data(&String::from_utf8_lossy(&line)).is_ok(),
                Stream::Stderr => session.stderr().write_all(&line).is_ok(),
            };
        };
        let ended = process::run_observed(
            command,
            documents.as_bytes(),
            limits,
            &session.cancellation,
            &mut pass,
        );
        let verb = arguments.first().map_or("", String::as_str);
        let failed = |message| BuildError::new(Phase::Config, "kubectl", message);
        match ended {
            Ok(finished) if finished.status.success() => Ok(()),
            Ok(finished) => {
                let message = format!("kubectl {verb} failed with {}", finished.status);
                Err(failed(message).exit(ExitCode::Refused))
            }
            Err(ProcessError::Stopped(reason)) => Err(reason.to_error()),
            Err(error) => {
                let message = format!("cannot run kubectl {verb}");
                Err(failed(message).because(error).exit(ExitCode::Refused))
            }
        }
    }
}
