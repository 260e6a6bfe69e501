//! The programs that keep logins.

use std::time::Duration;

use crate::adapters::process::{self, Limits, ProcessError};
use crate::model::{Cancellation, Environment, ForeignText, limits};
use crate::publish::{Credential, CredentialHelperError, helper_has_no_login, read_helper_answer};

/// A helper may ask a person or a cloud.
const TIME_LIMIT: Duration = Duration::from_mins(2);

/// Why a helper told no login.
#[derive(Debug, thiserror::Error)]
pub(super) enum HelperError {
    /// There is none.
    #[error("there is no docker-credential-{name} on the PATH")]
    Missing { name: String },
    /// It could not be run to its end.
    #[error("cannot run docker-credential-{name}")]
    Process {
        name: String,
        #[source]
        source: ProcessError,
    },
    /// It failed.
    #[error("docker-credential-{name} failed: {words}")]
    Failed { name: String, words: ForeignText },
    /// It told something else.
    #[error("docker-credential-{name} is of no use")]
    Answer {
        name: String,
        #[source]
        source: CredentialHelperError,
    },
}

impl HelperError {
    /// Returns the helper's name, without what all their names begin with.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Missing { name }
            | Self::Process { name, .. }
            | Self::Failed { name, .. }
            | Self::Answer { name, .. } => name,
        }
    }
}

/// Asks the `docker-credential-NAME` of `environment` for the login of `server`.
pub(super) fn ask(
    environment: &Environment,
    name: &str,
    server: &str,
    cancellation: &Cancellation,
) -> Result<Option<Credential>, HelperError> {
    let limits = Limits {
        time: Some(TIME_LIMIT),
        output_bytes: usize::try_from(limits::SMALL_ANSWER_BYTES).unwrap_or(usize::MAX),
    };
    let failed = |source| HelperError::Process {
        name: name.to_owned(),
        source,
    };
    let program = process::find_program(environment, &format!("docker-credential-{name}"))
        .ok_or_else(|| HelperError::Missing {
            name: name.to_owned(),
        })?;
    let mut command = process::command(&program, environment);
    command.arg("get");
    let finished =
        process::run(command, server.as_bytes(), limits, cancellation).map_err(failed)?;
    if finished.status.success() {
        return read_helper_answer(&finished.stdout).map_err(|source| HelperError::Answer {
            name: name.to_owned(),
            source,
        });
    }
    if helper_has_no_login(&finished.stdout) {
        return Ok(None);
    }
    // Helpers tell their errors on stdout; other programs, on stderr.
    let said = [finished.stdout, finished.stderr].concat();
    let words = ForeignText::from_bytes(said.trim_ascii());
    Err(HelperError::Failed {
        name: name.to_owned(),
        words,
    })
}
