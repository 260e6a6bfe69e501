//! Why a key is of no use.

use std::io;
use std::path::PathBuf;

use crate::adapters::process::ProcessError;
use crate::attest::{PrivateKeyError, PublicKeyError};
use crate::model::{BuildError, ExitCode, ForeignText, Phase};

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The file is longer than any key.
    #[error("{} is too long for a key", .0.display())]
    TooLong(PathBuf),
    /// The variable is not set.
    #[error("the variable {0} is not set")]
    NoVariable(String),
    /// The key cannot be used.
    #[error("{place} is of no use")]
    Private {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: PrivateKeyError,
    },
    /// The public key cannot be used.
    #[error("{place} is of no use")]
    NoPublic {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: PublicKeyError,
    },
    /// A file that is to be made is there.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// Nobody can be asked for the password.
    #[error("the password cannot be asked for")]
    Prompt(#[source] io::Error),
    /// The machine has no random numbers.
    #[error("this machine gives no random numbers")]
    Random,
    /// There is no such program.
    #[error("there is no program {0:?} on the PATH")]
    NoProgram(String),
    /// The program did not come to its end.
    #[error("{program} {verb} cannot be run")]
    Process {
        /// The program.
        program: String,
        /// What it was to do.
        verb: &'static str,
        /// Why.
        #[source]
        source: ProcessError,
    },
    /// The program failed.
    #[error("{program} {verb} failed: {words}")]
    Failed {
        /// The program.
        program: String,
        /// What it was to do.
        verb: &'static str,
        /// What it said.
        words: ForeignText,
    },
    /// What the program called its public key is none.
    #[error("what {program} public-key printed is of no use")]
    Public {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: PublicKeyError,
    },
    /// What the program called a signature is none of its key.
    #[error("what {0} sign printed is no signature by the key that it names")]
    Signature(String),
}

impl KeyError {
    /// Says it as an error of `target`.
    pub fn into_build_error(self, target: &dyn std::fmt::Display) -> BuildError {
        let exit = match &self {
            Self::Process {
                source: ProcessError::Stopped(reason),
                ..
            } => reason.exit_code(),
            Self::Exists(_) | Self::Write(..) => ExitCode::CannotWrite,
            Self::Process { .. } | Self::Failed { .. } | Self::Signature(_) => {
                ExitCode::Unavailable
            }
            Self::Random => ExitCode::Internal,
            _ => ExitCode::Usage,
        };
        let hint = self.hint();
        let mut error = BuildError::new(Phase::Attest, target, "nothing can be signed")
            .because(self)
            .exit(exit);
        error.hints.extend(hint.map(str::to_owned));
        error
    }

    fn hint(&self) -> Option<&'static str> {
        let hint = match self {
            Self::Read(..) => "make a key: coracle keys generate",
            Self::NoVariable(_) => "set it to the text of the key",
            Self::Private { source, .. } => match source {
                PrivateKeyError::NoPassword => {
                    "set CORACLE_KEY_PASSWORD, or name a file: [sign] password_file"
                }
                PrivateKeyError::Password => {
                    "CORACLE_KEY_PASSWORD and COSIGN_PASSWORD are looked at"
                }
                PrivateKeyError::Public => "sign with the .key file, verify with the .pub file",
                PrivateKeyError::Label(_) => {
                    "convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out key.pem"
                }
                PrivateKeyError::Kind => "make one: coracle keys generate",
                _ => return None,
            },
            Self::NoPublic {
                source: PublicKeyError::Private,
                ..
            } => "verify with the .pub file, sign with the .key file",
            Self::Exists(_) => "remove it, or give --output PREFIX",
            Self::Prompt(_) => "set CORACLE_KEY_PASSWORD",
            Self::NoProgram(_) | Self::Public { .. } | Self::Signature(_) => {
                "docs/signing.md says what a program that signs has to print"
            }
            _ => return None,
        };
        Some(hint)
    }
}
