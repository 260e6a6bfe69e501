//! Why nobody knows what is vulnerable.

use std::io;

use crate::adapters::cache_files::LockError;
use crate::adapters::go::go_error::GoError;
use crate::adapters::http::HttpError;
use crate::adapters::process::ProcessError;
use crate::compile::{CommandError, ScannerMismatch};
use crate::model::{BuildError, ExitCode, ForeignText, Phase, StopReason};
use crate::policy::VulnerabilityReportError;

/// Why a scan came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanError {
    /// A database that is a folder cannot be read.
    #[error("cannot read {file} of the database")]
    Folder {
        /// The file of the database.
        file: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// The database did not answer.
    #[error(transparent)]
    Http(HttpError),
    /// It said no.
    #[error("it answered {status} for {file}")]
    Answered {
        /// With which status.
        status: u16,
        /// The file that it was asked for.
        file: &'static str,
    },
    /// It is something else.
    #[error("its {file} is not that of a database of vulnerabilities")]
    NoDatabase {
        /// The file that is wrong.
        file: &'static str,
    },
    /// Nobody may be asked for it.
    #[error("it is not asked: --offline")]
    Offline,
    /// The scanner could not read it.
    #[error("{0}")]
    Lost(ForeignText),
    /// There is no scanner yet, and nobody may be asked for it.
    #[error("the scanner is not built yet, and not all of its modules are here: --offline\n{0}")]
    NotBuilt(ForeignText),
    /// It does not compile.
    #[error("cannot build the scanner\n{0}")]
    Build(ForeignText),
    /// Somebody hands out something else in its place.
    #[error("what was fetched is not the scanner that is meant\n{0}")]
    Forged(ForeignText),
    /// Something else was built.
    #[error("what was built is not the scanner that is meant: {0}")]
    Mismatch(#[from] ScannerMismatch),
    /// It did not come to its own end.
    #[error(transparent)]
    Run(#[from] GoError),
    /// It could not look.
    #[error("{0}")]
    Said(ForeignText),
    /// Nobody understands its words.
    #[error("cannot read what the scanner says: {0}")]
    Report(#[from] VulnerabilityReportError),
    /// There is no place for it.
    #[error("cannot keep it in the cache folder: {0}")]
    Disk(#[from] io::Error),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
}

impl From<HttpError> for ScanError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Stopped(reason) => Self::Stopped(reason),
            HttpError::Offline { .. } => Self::Offline,
            error => Self::Http(error),
        }
    }
}

impl From<LockError> for ScanError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Disk(error) => Self::Disk(error),
            LockError::Stopped(reason) => Self::Stopped(reason),
        }
    }
}

impl From<CommandError> for ScanError {
    fn from(error: CommandError) -> Self {
        Self::Run(error.into())
    }
}

impl ScanError {
    /// Returns the error that the user sees: `database` is where vulnerabilities are known, `target`
    /// what was looked at.
    pub(super) fn into_build_error(self, target: &str, database: &str) -> BuildError {
        let message = if self.is_about_database() {
            format!("cannot read the database of vulnerabilities at {database}")
        } else {
            "cannot look for known vulnerabilities".to_owned()
        };
        let error = BuildError::new(Phase::Check, target, message).exit(self.exit_code());
        let error = self.hints().into_iter().fold(error, BuildError::hint);
        error.because(self)
    }

    fn is_about_database(&self) -> bool {
        matches!(
            self,
            Self::Folder { .. }
                | Self::Http(_)
                | Self::Answered { .. }
                | Self::NoDatabase { .. }
                | Self::Offline
                | Self::Lost(_)
        )
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Report(_) => ExitCode::Internal,
            Self::Disk(_) | Self::Run(GoError::Workshop(_) | GoError::Deleted) => {
                ExitCode::CannotWrite
            }
            Self::Run(GoError::Process(ProcessError::Stopped(reason))) | Self::Stopped(reason) => {
                reason.exit_code()
            }
            Self::Run(GoError::Command(_)) => ExitCode::Usage,
            Self::Forged(_) | Self::Mismatch(_) | Self::Said(_) | Self::Run(_) => ExitCode::Refused,
            // The database, or what the scanner is made of, cannot be had.
            _ => ExitCode::Unavailable,
        }
    }

    fn hints(&self) -> Vec<&'static str> {
        const ELSEWHERE: &str =
            "name another database in coracle.toml: [policy] vulnerability_database";
        const OFF: &str = "or look for none: [policy] vulnerabilities = \"off\"";
        match self {
            Self::Http(_) | Self::Answered { .. } | Self::Lost(_) => {
                vec!["check HTTPS_PROXY and the network", ELSEWHERE, OFF]
            }
            Self::Folder { .. } | Self::NoDatabase { .. } => vec![ELSEWHERE, OFF],
            Self::Offline => vec![
                "name a copy on this machine in coracle.toml: [policy] vulnerability_database = \"file:///…\"",
                OFF,
            ],
            Self::NotBuilt(_) => vec!["run once without --offline", OFF],
            Self::Build(_) => vec!["check GOPROXY, HTTPS_PROXY and the network", OFF],
            Self::Forged(_) | Self::Mismatch(_) => vec![
                "the proxy, or somebody before it, hands out something else: try another GOPROXY",
            ],
            Self::Disk(_) => {
                vec!["make room, or name another folder: CORACLE_CACHE=/var/tmp/coracle"]
            }
            Self::Run(_) | Self::Said(_) | Self::Report(_) | Self::Stopped(_) => Vec::new(),
        }
    }
}
