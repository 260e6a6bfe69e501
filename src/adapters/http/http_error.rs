//! Why there is no answer.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use super::request::authority;
use crate::model::{ForeignText, StopReason};

/// Why a request was not answered, or an answer not read to its end. An answer that says no is not
/// such an error.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
    /// Nothing may be asked.
    #[error("{host} is not asked: --offline")]
    Offline {
        /// Who would have been.
        host: String,
    },
    /// The other side went quiet.
    #[error("{host} moved less than 1 KiB in {} seconds", limit.as_secs())]
    Stalled {
        /// Who went quiet.
        host: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The host's name has no address.
    #[error("cannot find the address of {host}: {cause}")]
    Address {
        /// The name.
        host: String,
        /// What the resolver said.
        cause: ForeignText,
    },
    /// Nobody took the connection.
    #[error("cannot connect to {host}: {cause}")]
    Connect {
        /// Who was called.
        host: String,
        /// What the system or the proxy said.
        cause: ForeignText,
    },
    /// No secure connection came about: most often a certificate that is not trusted.
    #[error("no secure connection to {host}: {cause}")]
    Tls {
        /// Who was called.
        host: String,
        /// What was wrong.
        cause: ForeignText,
    },
    /// The other side was called by https and does not speak TLS.
    #[error("{host} does not speak https")]
    NotTls {
        /// Who was called.
        host: String,
    },
    /// The connection broke, or the other side does not speak HTTP.
    #[error("the connection to {host} broke: {cause}")]
    Broken {
        /// The other side.
        host: String,
        /// How it broke.
        cause: ForeignText,
    },
    /// An answer is longer than what it is asked for can be.
    #[error("the answer of {host} is longer than {limit_bytes} bytes")]
    TooLong {
        /// Who answered.
        host: String,
        /// What would have been taken.
        limit_bytes: u64,
    },
    /// Redirects that lead nowhere, or where they must not.
    #[error(transparent)]
    Redirect(#[from] crate::publish::RedirectError),
    /// An address that this host must not send us to.
    #[error(transparent)]
    Forbidden(#[from] crate::publish::ForbiddenAddress),
    /// What is to be sent cannot be read.
    #[error("cannot read what is to be sent to {host}")]
    Source {
        /// Who would have got it.
        host: String,
        /// What the medium said.
        source: io::Error,
    },
    /// What was received cannot be kept.
    #[error("cannot keep what {host} sent")]
    Sink {
        /// Who sent it.
        host: String,
        /// What the medium said.
        source: io::Error,
    },
    /// The client cannot be made: certificates or proxies are wrong.
    #[error("{0}")]
    Setup(String),
}

impl HttpError {
    /// Tells whether the same request may well be answered a moment later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Stalled { .. } | Self::Connect { .. } | Self::Broken { .. } => true,
            // A resolver that is out of reach says so; a name that is not there stays away.
            Self::Address { cause, .. } => cause.to_string().contains("emporary failure"),
            _ => false,
        }
    }

    /// Tells whether nobody answered, though somebody was called.
    pub fn is_without_answer(&self) -> bool {
        match self {
            Self::Stalled { .. }
            | Self::Address { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::NotTls { .. }
            | Self::Broken { .. } => true,
            Self::Stopped(_)
            | Self::Offline { .. }
            | Self::TooLong { .. }
            | Self::Redirect(_)
            | Self::Forbidden(_)
            | Self::Source { .. }
            | Self::Sink { .. }
            | Self::Setup(_) => false,
        }
    }

    /// Sorts what reqwest says about a request to `host`.
    pub(super) fn of_request(error: &reqwest::Error, host: &str) -> Self {
        let host = host.to_owned();
        let cause = ForeignText::new(&innermost(error).to_string());
        if error.is_builder() {
            Self::Setup(format!("cannot make a request to {host}: {cause}"))
        } else if error.is_dns() {
            Self::Address { host, cause }
        } else if let Some(tls) = tls_error(error) {
            match tls {
                rustls::Error::InvalidMessage(_) => Self::NotTls { host },
                _ => Self::Tls { host, cause },
            }
        } else if error.is_connect() {
            Self::Connect { host, cause }
        } else {
            Self::Broken { host, cause }
        }
    }
}

impl HttpError {
    /// Names the proxy that nobody was reached through: the fault may be its own.
    pub(super) fn through(self, proxy: Option<&Url>) -> Self {
        match (self, proxy) {
            (Self::Connect { host, cause }, Some(proxy)) => Self::Connect {
                host: format!("{host} through the proxy {}", authority(proxy)),
                cause,
            },
            (error, _) => error,
        }
    }
}

impl From<HttpError> for io::Error {
    fn from(error: HttpError) -> Self {
        Self::other(error)
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    // An io::Error hides what it wraps: its source is the source of that.
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| error.source())
    })
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    chain(error).find_map(<dyn Error>::downcast_ref)
}
