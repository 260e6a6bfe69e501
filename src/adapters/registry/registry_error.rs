//! What a registry did not do, and why.

use std::error::Error;
use std::io::{self, Read as _};

use super::credentials::CredentialsError;
use super::hints;
use crate::adapters::http::{HttpError, Response};
use crate::model::{BuildError, ExitCode, Phase, Repository, limits};
use crate::publish::{Refusal, is_transient};

/// Why a registry did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegistryError {
    /// It said no.
    #[error("{host} answered {status} to {errand}")]
    Refused {
        host: String,
        status: u16,
        errand: String,
        #[source]
        refusal: Option<Box<Refusal>>,
    },
    /// It said nothing, or nothing to its end.
    #[error("{errand} failed")]
    NoAnswer {
        errand: String,
        #[source]
        source: HttpError,
    },
    /// It said something that cannot be used.
    #[error("what {host} answered to {errand} cannot be used")]
    Unusable {
        host: String,
        errand: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It wants to know who asks, and that cannot be found out.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// What is to be sent to it cannot be read.
    #[error("{0} cannot be read")]
    Blob(String, #[source] io::Error),
}

/// A blob is not as long as it is said to be.
#[derive(Debug, thiserror::Error)]
#[error("its size differs, expected {expected_bytes} bytes, found {found_bytes}")]
pub(super) struct OtherSize {
    pub(super) expected_bytes: u64,
    pub(super) found_bytes: u64,
}

impl RegistryError {
    /// Takes the words of an answer that says no.
    pub(super) fn refused(answer: Response, errand: &str) -> Self {
        let (host, status) = (answer.authority(), answer.status().as_u16());
        let mut body = Vec::new();
        // Words that break off are better than none.
        let _ = answer
            .take(limits::SMALL_ANSWER_BYTES)
            .read_to_end(&mut body);
        let refusal = Refusal::read(&body).map(Box::new);
        Self::Refused {
            host,
            status,
            errand: errand.to_owned(),
            refusal,
        }
    }

    pub(super) fn no_answer(errand: &str, source: HttpError) -> Self {
        Self::NoAnswer {
            errand: errand.to_owned(),
            source,
        }
    }

    pub(super) fn unusable(
        answered: &str,
        errand: &str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unusable {
            host: answered.to_owned(),
            errand: errand.to_owned(),
            source: source.into(),
        }
    }

    /// Returns this and its causes in one line.
    pub(super) fn in_one_line(&self) -> String {
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        causes.fold(self.to_string(), |line, cause| format!("{line}: {cause}"))
    }

    /// Tells whether the same may work a moment later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::NoAnswer { source, .. } => source.is_transient(),
            Self::Refused { status, .. } => is_transient(*status),
            _ => false,
        }
    }

    /// Tells whether nobody answered, though somebody was called.
    pub(super) fn is_without_answer(&self) -> bool {
        matches!(self, Self::NoAnswer { source, .. } if source.is_without_answer())
    }

    /// Says what this kept `phase` from doing with `repository`.
    pub(super) fn into_build_error(
        self,
        phase: Phase,
        repository: &Repository,
        target: &dyn std::fmt::Display,
        message: &str,
        login: Option<&str>,
    ) -> BuildError {
        let exit = self.exit_code(phase);
        let hints = hints::of(&self, phase, repository, login);
        // What a lazy blob could not fetch is an error of its own, told as it was.
        let source = match self {
            Self::Blob(_, error) if is_build_error(&error) => match error.downcast() {
                Ok(inner) => return inner,
                Err(error) => Box::new(error) as Box<dyn Error + Send + Sync>,
            },
            other => Box::new(other),
        };
        let mut error = BuildError::new(phase, target, message)
            .because(source)
            .exit(exit);
        error.hints = hints;
        error
    }

    fn exit_code(&self, phase: Phase) -> ExitCode {
        match self {
            Self::Refused {
                status: 401 | 403, ..
            } => ExitCode::Denied,
            Self::Refused { status, .. } if is_transient(*status) || *status >= 500 => {
                ExitCode::Unavailable
            }
            Self::Refused { .. } => ExitCode::Refused,
            Self::NoAnswer { source, .. } => match source {
                HttpError::Stopped(reason) => reason.exit_code(),
                HttpError::Setup(_) | HttpError::Offline { .. } => ExitCode::Usage,
                HttpError::Sink { .. } => ExitCode::CannotWrite,
                HttpError::Source { .. } => ExitCode::Internal,
                HttpError::TooLong { .. } => phase.exit_code(),
                _ => ExitCode::Unavailable,
            },
            Self::Unusable { .. } => phase.exit_code(),
            Self::Credentials(error) => error.exit_code(),
            Self::Blob(..) => ExitCode::Internal,
        }
    }
}

fn is_build_error(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn Error + Send + Sync>::is::<BuildError>)
}
