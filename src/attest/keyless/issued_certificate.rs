//! A certificate for a key of some minutes: Fulcio's `POST /api/v2/signingCert`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_verify::crypto::parse_certificate_info;
use sigstore_verify::types::DerCertificate;

use super::{AnswerError, Signatory};
use crate::attest::{PrivateKey, PublicKey};

/// A certificate, and whose it is.
#[derive(Debug, Clone)]
pub struct IssuedCertificate {
    pub(super) der: DerCertificate,
    signatory: Signatory,
    lifetime_seconds: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(alias = "signedCertificateDetachedSct")]
    signed_certificate_embedded_sct: Chain,
}

#[derive(Deserialize)]
struct Chain {
    chain: Certificates,
}

#[derive(Deserialize)]
struct Certificates {
    certificates: Vec<String>,
}

/// Returns the body that asks for a certificate for `key`, whose owner has signed `challenge`; the token
/// goes beside it, in a header.
pub fn certificate_request(challenge: &str, key: &PrivateKey, public: &PublicKey) -> Vec<u8> {
    let proof = key.sign(challenge.as_bytes());
    let body = json!({
        "publicKeyRequest": {
            "publicKey": { "algorithm": "ECDSA", "content": public.to_string() },
            "proofOfPossession": STANDARD.encode(proof),
        },
    });
    body.to_string().into_bytes()
}

impl IssuedCertificate {
    /// Reads the answer to a request for `public`.
    ///
    /// # Errors
    /// When there is no certificate in it, or one for another key.
    pub fn parse(answer: &[u8], public: &PublicKey) -> Result<Self, AnswerError> {
        let answer: Answer = serde_json::from_slice(answer).map_err(AnswerError::form)?;
        let pem = answer.signed_certificate_embedded_sct.chain.certificates;
        let leaf = pem.first().map_or("", String::as_str);
        let der = DerCertificate::from_pem(leaf).map_err(AnswerError::form)?;
        let info = parse_certificate_info(&der).map_err(AnswerError::form)?;
        let key = PublicKey::from_der(info.public_key.as_bytes());
        if key.ok().as_ref() != Some(public) {
            return Err(AnswerError::OtherKey);
        }
        Ok(Self {
            signatory: Signatory::of(&info),
            lifetime_seconds: info.not_after.as_second() - info.not_before.as_second(),
            der,
        })
    }

    /// Returns the verification material of a bundle: this, the entry of a log, and a time stamp.
    pub fn material(&self, entry: &Value, time_stamp: Option<&[u8]>) -> Value {
        let mut material = json!({
            "certificate": { "rawBytes": STANDARD.encode(self.der.as_bytes()) },
            "tlogEntries": [entry],
        });
        if let Some(answer) = time_stamp {
            material["timestampVerificationData"] = json!({
                "rfc3161Timestamps": [{ "signedTimestamp": STANDARD.encode(answer) }],
            });
        }
        material
    }

    /// Returns whose it is.
    pub fn signatory(&self) -> &Signatory {
        &self.signatory
    }

    /// Returns how long it holds.
    pub fn lifetime_seconds(&self) -> i64 {
        self.lifetime_seconds
    }
}
