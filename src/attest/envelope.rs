//! What is signed of a statement, and how the signature is wrapped: DSSE v1.0, `protocol.md` and
//! `envelope.md`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What an envelope holds here: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A payload and the signatures under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The payload, in base64.
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EnvelopeSignature {
    /// In base64.
    sig: String,
    /// A name of the key, which nobody may rely on. cosign refuses signatures that have one.
    #[serde(default, skip_serializing)]
    #[allow(
        dead_code,
        reason = "read so that it is known, and looked at by nobody"
    )]
    keyid: Option<String>,
}

/// Why an envelope cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It holds something else than a statement.
    #[error("its payload is {0:?}, expected {PAYLOAD_TYPE}")]
    PayloadType(String),
    /// It does not hold one signature.
    #[error("it has {0} signatures, expected one")]
    Signatures(usize),
    /// A part of it is no base64.
    #[error("its {0} is no base64")]
    Base64(&'static str),
}

impl Envelope {
    /// Puts `payload` and the only signature under it into an envelope.
    pub fn new(payload: &[u8], signature: &[u8]) -> Self {
        Self {
            payload: STANDARD.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![EnvelopeSignature {
                sig: STANDARD.encode(signature),
                keyid: None,
            }],
        }
    }

    /// Reads an envelope; `None` where it is something else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Returns the payload and the only signature.
    ///
    /// # Errors
    /// When there is anything else in it.
    pub fn open(&self) -> Result<(Vec<u8>, Vec<u8>), EnvelopeError> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(EnvelopeError::PayloadType(self.payload_type.clone()));
        }
        let [signature] = self.signatures.as_slice() else {
            return Err(EnvelopeError::Signatures(self.signatures.len()));
        };
        let payload = STANDARD.decode(&self.payload);
        let signature = STANDARD.decode(&signature.sig);
        Ok((
            payload.map_err(|_| EnvelopeError::Base64("payload"))?,
            signature.map_err(|_| EnvelopeError::Base64("signature"))?,
        ))
    }
}

/// Returns what is signed of a statement: DSSE's "pre-authentication encoding".
///
/// ```
/// # use coracle::attest::pre_authentication;
/// assert_eq!(pre_authentication(b"{}"), b"DSSEv1 28 application/vnd.in-toto+json 2 {}");
/// ```
pub fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let (kind, length) = (PAYLOAD_TYPE, payload.len());
    let mut bytes = format!("DSSEv1 {} {kind} {length} ", kind.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_gives_back_what_was_put_into_it() {
        let text = serde_json::to_string(&Envelope::new(b"{}", b"signed")).unwrap();
        assert_eq!(
            text,
            r#"{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"c2lnbmVk"}]}"#
        );
        let read: Envelope = serde_json::from_str(&text).unwrap();
        assert_eq!(read.open().unwrap(), (b"{}".to_vec(), b"signed".to_vec()));
    }

    #[test]
    fn an_envelope_of_anything_else_is_refused() {
        for (text, why) in [
            (
                r#"{"payload":"","payloadType":"text/plain","signatures":[]}"#,
                "expected application",
            ),
            (
                r#"{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[]}"#,
                "0 signatures",
            ),
            (
                r#"{"payload":"%","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"","keyid":"x"}]}"#,
                "payload is no base64",
            ),
        ] {
            let envelope: Envelope = serde_json::from_str(text).unwrap();
            let error = envelope.open().unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
