//! Why a signature without a key proves nothing.

use sigstore_verify::{CertificateError, Error, TimestampError, TransparencyLogError};

use crate::model::ForeignText;

/// Why a signature without a key proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeylessError {
    /// A key signed it.
    #[error("it was signed by a key, and an identity was asked for")]
    NoIdentity,
    /// Another identity signed it.
    #[error("it was signed by {found}, expected {expected}")]
    OtherIdentity {
        /// Who, and who vouches.
        found: ForeignText,
        /// Who was meant.
        expected: String,
    },
    /// Somebody else vouches for the identity.
    #[error("it was signed by {found}, expected an identity of {expected}")]
    OtherIssuer {
        /// Who, and who vouches.
        found: ForeignText,
        /// Who should vouch.
        expected: String,
    },
    /// It has more entries than anybody needs.
    #[error("it names {0} log entries and time stamps, more than anybody needs")]
    TooMuch(usize),
    /// It is in no log.
    #[error("it has no entry of a log")]
    NoEntry,
    /// It is in a log, as it says.
    #[error("its log entry comes without the proof that the log has it")]
    NoProof,
    /// What it says is longer than what is read unproven.
    #[error("its statement is longer than any that is checked without a key")]
    LongStatement,
    /// The certificate is none.
    #[error("its certificate cannot be read: {0}")]
    Certificate(ForeignText),
    /// Nobody who is trusted made the certificate.
    #[error("its certificate is by no authority of the trusted root")]
    Authority,
    /// The certificate was not valid when it was used.
    #[error("its certificate was not valid when it signed: the log or the time stamp says when")]
    NotValidThen,
    /// No log of certificates that is trusted has the certificate.
    #[error("its certificate is in no log of certificates that the trusted root knows: {0}")]
    CertificateLog(ForeignText),
    /// The log is unknown.
    #[error("it is in a log that the trusted root does not know")]
    UnknownLog,
    /// The entry is about something else.
    #[error("its log entry is about another signature")]
    OtherEntry,
    /// The log does not have it.
    #[error("its log entry proves nothing: {0}")]
    Log(ForeignText),
    /// The log's clock and ours, or the certificate's, do not agree.
    #[error("its log entry is of a time that cannot be: {0}")]
    LogTime(ForeignText),
    /// Nobody says when it was signed.
    #[error("nobody who is trusted says when it was signed")]
    NoTime,
    /// A time stamp is wrong.
    #[error("its time stamp proves nothing: {0}")]
    Time(ForeignText),
    /// The signature is under something else.
    #[error("its signature is under something else")]
    Signature,
    /// Anything else.
    #[error("it cannot be checked: {0}")]
    Other(ForeignText),
}

impl From<Error> for KeylessError {
    fn from(error: Error) -> Self {
        let words = |text: &dyn std::fmt::Display| ForeignText::new(&text.to_string());
        match error {
            Error::Certificate(error) => Self::of_certificate(error),
            Error::TransparencyLog(TransparencyLogError::UnknownLog { .. }) => Self::UnknownLog,
            Error::TransparencyLog(TransparencyLogError::EntryMismatch(_)) => Self::OtherEntry,
            Error::TransparencyLog(TransparencyLogError::IntegratedTime(detail)) => {
                Self::LogTime(words(&detail))
            }
            Error::TransparencyLog(error) => Self::Log(words(&error)),
            Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => Self::NoTime,
            Error::Timestamp(error) => Self::Time(words(&error)),
            Error::SignatureInvalid(_) => Self::Signature,
            error => Self::Other(words(&error)),
        }
    }
}

impl KeylessError {
    fn of_certificate(error: CertificateError) -> Self {
        match error {
            CertificateError::Expired { .. } | CertificateError::NotYetValid { .. } => {
                Self::NotValidThen
            }
            // The crate tells this apart in words alone; a test sees to it that the words stay.
            CertificateError::ChainInvalid(words)
                if words.contains("CertExpired") || words.contains("CertNotValidYet") =>
            {
                Self::NotValidThen
            }
            CertificateError::ChainInvalid(_) | CertificateError::NoValidAuthority { .. } => {
                Self::Authority
            }
            CertificateError::Sct(words) => Self::CertificateLog(ForeignText::new(&words)),
            error => Self::Certificate(ForeignText::new(&error.to_string())),
        }
    }
}
