//! A signature in a public log: Rekor, version 1 and 2.

use serde_json::{Value, json};
use sigstore_verify::rekor::{DsseEntry, HashedRekordV2, LogEntry, RekorV2KeyDetails};
use sigstore_verify::types::{
    DsseEnvelope, DsseSignature, KeyId, KindVersion, PayloadBytes, Sha256Hash, SignatureBytes,
    TransparencyLogEntry,
};

use super::{AnswerError, IssuedCertificate};
use crate::attest::{PAYLOAD_TYPE, pre_authentication};
use crate::config::LogVersion;
use crate::model::Digest;

/// What a log is asked to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRequest {
    /// Where it is posted to, below the log's address.
    pub path: &'static str,
    /// What is posted.
    pub body: Vec<u8>,
}

impl LogRequest {
    /// Asks a log of `version` to keep the signature under `statement`.
    ///
    /// # Errors
    /// None: it can always be written.
    pub fn new(
        version: LogVersion,
        statement: &[u8],
        signature: &[u8],
        certificate: &IssuedCertificate,
    ) -> Result<Self, AnswerError> {
        let signature = SignatureBytes::from_bytes(signature);
        match version {
            LogVersion::One => {
                let payload = PayloadBytes::from_bytes(statement);
                let signature = DsseSignature::new(signature, KeyId::default());
                let envelope = DsseEnvelope::new(PAYLOAD_TYPE, payload, signature);
                let entry =
                    DsseEntry::new(&envelope, &certificate.der).map_err(AnswerError::form)?;
                Ok(Self {
                    path: "api/v1/log/entries",
                    body: json!(entry).to_string().into_bytes(),
                })
            }
            LogVersion::Two => {
                // It keeps no envelopes, but what was signed of one.
                let signed = Digest::of(&pre_authentication(statement)).to_hex();
                let digest = Sha256Hash::from_hex(&signed).map_err(AnswerError::form)?;
                let entry = HashedRekordV2::new_with_certificate(
                    &digest,
                    &signature,
                    &certificate.der,
                    RekorV2KeyDetails::PkixEcdsaP256Sha256,
                );
                Ok(Self {
                    path: "api/v2/log/entries",
                    body: json!(entry).to_string().into_bytes(),
                })
            }
        }
    }
}

/// Returns the entry that a log of `version` answered with, as bundles have it.
///
/// # Errors
/// When it is none.
pub fn parse_log_entry(version: LogVersion, answer: &[u8]) -> Result<Value, AnswerError> {
    let entry: TransparencyLogEntry = match version {
        LogVersion::Two => serde_json::from_slice(answer).map_err(AnswerError::form)?,
        LogVersion::One => {
            let entries: std::collections::BTreeMap<String, LogEntry> =
                serde_json::from_slice(answer).map_err(AnswerError::form)?;
            let entry = entries.into_values().next();
            let entry = entry.ok_or_else(|| AnswerError::form("it names no entry"))?;
            entry
                .to_bundle_entry(KindVersion::DsseV001)
                .map_err(AnswerError::form)?
        }
    };
    serde_json::to_value(entry).map_err(AnswerError::form)
}
