//! Why nothing can be signed without a key.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::services::Service;
use super::token_place::MissingToken;
use crate::adapters::http::HttpError;
use crate::attest::keyless::{AnswerError, IdentityTokenError, KeylessError};
use crate::config::KeylessConfig;
use crate::model::{BuildError, ExitCode, ForeignText, Phase};

/// Why nothing can be signed without a key.
#[derive(Debug, thiserror::Error)]
pub enum SigstoreError {
    /// Nobody says who we are.
    #[error("there is no identity token")]
    NoToken(MissingToken),
    /// The token cannot be used.
    #[error("the token of {place} cannot be used")]
    Token {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: IdentityTokenError,
    },
    /// The file of the token cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A token cannot be shown.
    #[error("the token for {0} cannot be sent: it holds control characters")]
    NoHeader(Service),
    /// The issuer answered something else.
    #[error("what {0} answered holds no token")]
    NoTokenIn(String),
    /// A service said no.
    #[error("{service}, {host}, answered {status}: {words}")]
    Refused {
        /// Which.
        service: Service,
        /// Where it is.
        host: String,
        /// With which status.
        status: u16,
        /// And which words.
        words: ForeignText,
    },
    /// A service said nothing.
    #[error("{service} did not answer")]
    NoAnswer {
        /// Which.
        service: Service,
        /// Why.
        #[source]
        source: HttpError,
    },
    /// A service said something that cannot be used.
    #[error("what {service}, {host}, answered cannot be used")]
    Unusable {
        /// Which.
        service: Service,
        /// Where it is.
        host: String,
        /// Why.
        #[source]
        source: AnswerError,
    },
    /// What the services said proves nothing.
    #[error("what the services answered proves nothing")]
    Unproven(#[from] KeylessError),
    /// This run is somebody else.
    #[error("this run is {found}, expected {expected}")]
    OtherIdentity {
        /// Who.
        found: String,
        /// Who signs, as the project says.
        expected: String,
    },
    /// It failed before.
    #[error(transparent)]
    Again(Arc<Self>),
    /// There is no key that a classic signature could be checked with.
    #[error("without a key, signatures are written as bundles alone")]
    Classic,
    /// The machine has no random numbers.
    #[error("this machine gives no random numbers")]
    Random,
}

impl SigstoreError {
    pub(super) fn unusable(service: Service, host: String, source: AnswerError) -> Self {
        Self::Unusable {
            service,
            host,
            source,
        }
    }

    /// Says it as an error of whoever signs by `config`.
    pub fn into_build_error(self, config: &KeylessConfig) -> BuildError {
        let (exit, hint) = (self.exit_code(), self.hint(config));
        let mut error = BuildError::new(Phase::Attest, "keyless", "nothing can be signed")
            .because(self)
            .exit(exit);
        error.hints.extend(hint);
        error
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoAnswer { source, .. } => match source {
                HttpError::Stopped(reason) => reason.exit_code(),
                HttpError::Setup(_) | HttpError::Offline { .. } => ExitCode::Usage,
                _ => ExitCode::Unavailable,
            },
            Self::Again(before) => before.exit_code(),
            // Trying again later would not help.
            Self::Refused {
                service: Service::Issuer | Service::Fulcio,
                status: 400 | 401 | 403,
                ..
            }
            | Self::OtherIdentity { .. }
            | Self::Token {
                source: IdentityTokenError::Expired { .. },
                ..
            } => ExitCode::Denied,
            Self::Refused { .. } | Self::NoTokenIn(_) | Self::Unusable { .. } => {
                ExitCode::Unavailable
            }
            Self::Unproven(_) => ExitCode::Refused,
            Self::Random => ExitCode::Internal,
            Self::NoToken(_)
            | Self::Token { .. }
            | Self::Read(..)
            | Self::NoHeader(_)
            | Self::Classic => ExitCode::Usage,
        }
    }

    fn hint(&self, config: &KeylessConfig) -> Option<String> {
        let hint = match self {
            Self::Again(before) => return before.hint(config),
            Self::NoToken(missing) => of_missing(missing),
            Self::OtherIdentity { .. } => {
                "run it as that identity, or say who signs: [sign.keyless] identity and issuer"
                    .to_owned()
            }
            Self::Read(..) => "let whoever renews the token write it there".to_owned(),
            Self::Refused {
                service: Service::Issuer,
                ..
            }
            | Self::NoTokenIn(_) => of_missing(&MissingToken::GitHub),
            Self::Unusable { service, .. } => format!(
                "see whether {} is such a service, of the version that is configured",
                address(*service, config)
            ),
            Self::Token {
                source: IdentityTokenError::Expired { .. },
                ..
            } => "let the CI make a new one: run the job again".to_owned(),
            Self::Token { .. } => {
                "expected a JWT of an OpenID Connect issuer, as a CI gives it to a job".to_owned()
            }
            Self::Refused {
                service: Service::Fulcio,
                status: 400..=499,
                ..
            } => format!(
                "see that {} takes tokens of this issuer, made for its audience",
                config.fulcio
            ),
            Self::NoAnswer { service, source } if is_silence(source) => {
                format!(
                    "see whether {} is up and can be reached, and SSL_CERT_FILE has who vouches for it",
                    address(*service, config)
                )
            }
            Self::Unproven(
                KeylessError::Authority
                | KeylessError::UnknownLog
                | KeylessError::Log(_)
                | KeylessError::NoTime
                | KeylessError::Time(_)
                | KeylessError::CertificateLog(_),
            ) => "name the trusted root of these services: [sign.keyless] trusted_root".to_owned(),
            Self::Unproven(KeylessError::LogTime(_) | KeylessError::NotValidThen) => {
                "see whether the clock of this machine is right".to_owned()
            }
            Self::Classic => "sign with --format bundle".to_owned(),
            _ => return None,
        };
        Some(hint)
    }
}

fn of_missing(missing: &MissingToken) -> String {
    match missing {
        MissingToken::GitHub => {
            "let the job ask for one: permissions: { id-token: write }".to_owned()
        }
        MissingToken::GitLab => {
            "let the job have one: id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }".to_owned()
        }
        MissingToken::Elsewhere => {
            "set SIGSTORE_ID_TOKEN, or say where it is: [sign.keyless] token".to_owned()
        }
        MissingToken::Variable(name) => format!("set {name} to the token"),
    }
}

fn is_silence(error: &HttpError) -> bool {
    !matches!(
        error,
        HttpError::Stopped(_) | HttpError::Setup(_) | HttpError::Offline { .. }
    )
}

fn address(service: Service, config: &KeylessConfig) -> String {
    match service {
        Service::Issuer => "GitHub".to_owned(),
        Service::Fulcio => config.fulcio.to_string(),
        Service::Rekor => config.log.url.to_string(),
        Service::TimeStamps => config
            .tsa
            .as_ref()
            .map_or(String::new(), ToString::to_string),
    }
}
