//! The kubectl program, for verbs that hand documents to it.

use std::io::Write as _;

use crate::adapters::kubectl::{INSTALL, KubectlProgram, Question};
use crate::adapters::process::{ProcessError, Stream};
use crate::cli::session::{Session, print_data};
use crate::model::{BuildError, ExitCode, Phase};

/// The user's kubectl.
pub(in crate::cli) struct Kubectl<'a> {
    session: &'a Session,
    program: KubectlProgram,
}

impl<'a> Kubectl<'a> {
    /// Finds it on the PATH.
    pub(in crate::cli) fn find(session: &'a Session) -> Result<Self, BuildError> {
        let (host, cancellation) = (&session.host, session.cancellation.clone());
        let found = KubectlProgram::find(&host.environment, host.cwd.clone(), cancellation);
        let program = found.ok_or_else(|| {
            BuildError::new(Phase::Config, "kubectl", "there is no such program on PATH")
                .hint(INSTALL)
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
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let question = Question {
            args: &arguments,
            input: documents.as_bytes(),
            // What is run or followed goes on as long as it likes.
            time: None,
        };
        let mut pass = |stream: Stream, line: &[u8]| {
            let line = [line, b"\n"].concat();
            // Whoever does not listen any more is not told.
            let _ = match stream {
                Stream::Stdout => print_data(&String::from_utf8_lossy(&line)).is_ok(),
                Stream::Stderr => self.session.stderr().write_all(&line).is_ok(),
            };
        };
        let ended = self.program.run(&question, &mut pass);
        let verb = arguments.first().copied().unwrap_or_default();
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
