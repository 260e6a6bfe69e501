//! Why a release of Go cannot be had.

use std::fmt;
use std::io;

use crate::adapters::http::HttpError;
use crate::model::{BuildError, ExitCode, ForeignText, GoVersion, Phase, Platform, StopReason};
use crate::toolchain::{
    AuthMethod, ChecksumDatabaseError, GoAuthError, H1, LoginOrigin, LookupError, ZipRuleError,
};

/// Why a release of Go is not in the cache, and does not come into it.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// GOPROXY names nobody who has toolchains.
    #[error("GOPROXY names no proxy, and toolchains come through one only")]
    NoProxy,
    /// Nobody may be asked.
    #[error("no proxy is asked: --offline or GOPROXY=off")]
    Off,
    /// Nobody has it.
    #[error("{0} has no such release")]
    NotFound(String),
    /// Somebody said no.
    #[error("{host} answered {status}: {text}{asker}")]
    Answered {
        /// Who.
        host: String,
        /// With which status.
        status: u16,
        /// And which words.
        text: ForeignText,
        /// To whom.
        asker: Box<Asker>,
    },
    /// GOAUTH means nothing.
    #[error(transparent)]
    Auth(GoAuthError),
    /// There was no answer.
    #[error(transparent)]
    Http(HttpError),
    /// There was none to an earlier question, for this reason.
    #[error("{0}")]
    NotAsked(String),
    /// An answer broke off.
    #[error(transparent)]
    Broken(HttpError),
    /// An answer is longer than what it is asked for can be.
    #[error("the answer is longer than {limit_bytes} bytes")]
    TooLong {
        /// What would have been taken.
        limit_bytes: u64,
    },
    /// A proxy that is a folder cannot be read.
    #[error("cannot read the folder of the proxy: {0}")]
    Folder(#[source] io::Error),
    /// GOSUMDB names no database.
    #[error(transparent)]
    Database(#[from] ChecksumDatabaseError),
    /// The database's answer proves nothing.
    #[error("cannot trust the checksum database: {0}")]
    Lookup(#[from] LookupError),
    /// It is not what the database says.
    #[error("what was downloaded has the hash {found}, and the checksum database says {expected}")]
    Mismatch {
        /// Its hash.
        found: H1,
        /// What it should be.
        expected: H1,
    },
    /// The zip holds what it must not.
    #[error("the zip that was downloaded is not a toolchain's: {0}")]
    Rule(#[from] ZipRuleError),
    /// The zip is no zip.
    #[error("the zip that was downloaded cannot be read: {0}")]
    Zip(ForeignText),
    /// The disk failed.
    #[error("cannot keep it in the cache folder: {0}")]
    Disk(#[from] io::Error),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
}

/// As whom a server was asked. It shows as the end of a sentence.
#[derive(Debug)]
pub(super) struct Asker {
    /// Who told the server who asks.
    pub(super) login: Option<LoginOrigin>,
    /// What was wrong with those who were to know it.
    pub(super) faults: Vec<String>,
}

impl Asker {
    /// Tells whether GOAUTH names others than the netrc file, and they are to blame.
    fn is_of_go_auth(&self) -> bool {
        match &self.login {
            Some(LoginOrigin::Method(method)) => *method != AuthMethod::Netrc,
            Some(LoginOrigin::Address) => false,
            None => !self.faults.is_empty(),
        }
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.login {
            Some(by) => write!(f, " (with the login of {by})"),
            None if self.faults.is_empty() => Ok(()),
            None => write!(f, " (without a login; {})", self.faults.join("; ")),
        }
    }
}

impl From<HttpError> for FetchError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Stopped(reason) => Self::Stopped(reason),
            error => Self::Http(error),
        }
    }
}

impl FetchError {
    /// Sorts what went wrong while an answer was read.
    pub(super) fn of_body(error: io::Error) -> Self {
        match error.downcast::<HttpError>() {
            Ok(HttpError::Stopped(reason)) => Self::Stopped(reason),
            Ok(error) => Self::Broken(error),
            Err(error) => Self::Folder(error),
        }
    }

    /// Returns the error that the user sees.
    pub(super) fn into_build_error(self, version: &GoVersion, platform: &Platform) -> BuildError {
        let message = format!("cannot get Go {version} for {platform}");
        let error = BuildError::new(Phase::Toolchain, "", message).exit(self.exit_code());
        let error = match self.hint(version) {
            Some(hint) => error.hint(hint),
            None => error,
        };
        error.because(self)
    }

    /// Tells whether the zip that was downloaded is to blame.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(self, Self::Mismatch { .. } | Self::Rule(_) | Self::Zip(_))
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoProxy | Self::Database(_) | Self::Auth(_) => ExitCode::Usage,
            Self::NotFound(_)
            | Self::Lookup(_)
            | Self::Mismatch { .. }
            | Self::Rule(_)
            | Self::TooLong { .. }
            | Self::Zip(_) => ExitCode::Refused,
            Self::Answered {
                status: 401 | 403, ..
            } => ExitCode::Denied,
            Self::Off
            | Self::Answered { .. }
            | Self::Http(_)
            | Self::NotAsked(_)
            | Self::Broken(_)
            | Self::Folder(_) => ExitCode::Unavailable,
            Self::Disk(_) => ExitCode::CannotWrite,
            Self::Stopped(reason) => reason.exit_code(),
        }
    }

    fn hint(&self, version: &GoVersion) -> Option<String> {
        let hint = match self {
            Self::NoProxy => "name a Go module proxy: GOPROXY, or [modules] proxy in coracle.toml",
            Self::NotFound(_) => {
                "see that the version exists and the proxy has it: [go] version, .go-version, the toolchain line of go.mod"
            }
            Self::Auth(_) => "correct GOAUTH, or unset it: go help goauth",
            Self::Answered {
                status: 401 | 403,
                asker,
                ..
            } if asker.is_of_go_auth() => {
                "see what GOAUTH names, and that it lets that host know who asks: go help goauth"
            }
            Self::Answered { status: 401, .. } => {
                "give ~/.netrc a user and a password for that host"
            }
            // Some proxies answer so to whatever they do not have.
            Self::Answered { status: 403, .. } => {
                "see that the version exists, and that ~/.netrc has a user and a password that the host lets have it"
            }
            Self::Off | Self::Http(HttpError::Offline { .. }) => {
                return Some(format!(
                    "it is not in the cache yet: run once with a network, or install Go {version}"
                ));
            }
            Self::Answered { .. }
            | Self::Http(_)
            | Self::NotAsked(_)
            | Self::Broken(_)
            | Self::Folder(_) => "check GOPROXY, HTTPS_PROXY and the network",
            Self::Database(ChecksumDatabaseError::Off) => {
                "a toolchain is never used unverified; unset GOSUMDB, or install that Go"
            }
            Self::Database(_) => "correct GOSUMDB, or unset it",
            Self::Lookup(LookupError::Forked { .. }) => {
                "its owner's key signed both: keep these words as evidence, and tell them; if the database was set up anew, remove heads/ from the cache folder"
            }
            Self::Lookup(_)
            | Self::Mismatch { .. }
            | Self::Rule(_)
            | Self::TooLong { .. }
            | Self::Zip(_) => {
                "the proxy, or somebody before it, hands out something else: try another GOPROXY"
            }
            Self::Disk(_) => "make room, or name another folder: CORACLE_CACHE=/var/tmp/coracle",
            Self::Stopped(_) => return None,
        };
        Some(hint.to_owned())
    }
}
