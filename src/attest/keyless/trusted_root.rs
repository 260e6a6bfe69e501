//! Whom to believe: the certificates and keys of authorities and logs.
//!
//! protobuf-specs, `sigstore_trustroot.proto`, `TrustedRoot`.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use sigstore_verify::trust_root::{self, SIGSTORE_PRODUCTION_TRUSTED_ROOT};
use sigstore_verify::types::{self, Sha256Hash};
use sigstore_verify::{VerificationPolicy, Verifier};

use super::{KeylessError, Signatory, ring_provider};
use crate::attest::{Bundle, Material, Statement};
use crate::model::{Digest, ForeignText};

/// The most log entries, and the most time stamps, that are checked of a bundle; each costs.
const MOST_PROOFS: usize = 16;

/// The longest statement that is checked: a bill of 10,000 modules has some 10 MiB.
const MOST_STATEMENT_BYTES: usize = 16 << 20;
/// The most JSON values in it: each takes 32 bytes, in each of the forms that it is read into.
const MOST_VALUES: usize = 1 << 20;

/// Certificates and keys, ready to check with.
pub struct TrustedRoot {
    verifier: Verifier,
    policy: VerificationPolicy,
    /// What the logs of signatures are known by, in base64.
    logs: BTreeSet<String>,
    digest: Digest,
}

/// Why a text is no trusted root.
#[derive(Debug, thiserror::Error)]
#[error("it is no Sigstore trusted root: {0}")]
pub struct TrustedRootError(ForeignText);

impl TrustedRoot {
    /// Returns that of Sigstore's public instance, as it was when coracle was made.
    ///
    /// # Errors
    /// None: it is part of the program.
    pub fn of_sigstore() -> Result<Self, TrustedRootError> {
        Self::parse(SIGSTORE_PRODUCTION_TRUSTED_ROOT)
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// When it is none, or holds keys or certificates that cannot be used.
    pub fn parse(json: &str) -> Result<Self, TrustedRootError> {
        ring_provider::install();
        let wrong =
            |error: &dyn fmt::Display| TrustedRootError(ForeignText::new(&error.to_string()));
        let root = trust_root::TrustedRoot::from_json(json).map_err(|error| wrong(&error))?;
        let policy = VerificationPolicy::any_identity();
        let logs = root.tlogs.iter().map(|log| log.log_id.key_id.to_string());
        Ok(Self {
            logs: logs.collect(),
            digest: Digest::of(json.as_bytes()),
            // An instance of a team's own has no log of certificates, most often.
            policy: if root.ctlogs.is_empty() {
                policy.skip_sct()
            } else {
                policy
            },
            verifier: Verifier::new(&root).map_err(|error| wrong(&error))?,
        })
    }

    /// Returns the digest of what was read.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns who signed `bundle`, if all holds that it says: the certificate, the log, the time and
    /// the signature. Neither a network nor the identity is looked at.
    ///
    /// # Errors
    /// When anything does not hold.
    pub fn check(&self, bundle: &Bundle) -> Result<Signatory, KeylessError> {
        let Material::Keyless(material) = &bundle.material else {
            return Err(KeylessError::NoIdentity);
        };
        self.check_proofs(material)?;
        let other =
            |error: &dyn fmt::Display| KeylessError::Other(ForeignText::new(&error.to_string()));
        let (payload, _) = bundle.envelope.open().map_err(|error| other(&error))?;
        check_size(&payload)?;
        let statement = Statement::parse_head(&payload).map_err(|error| other(&error))?;
        // What it is about, whoever asks compares with what was asked for.
        let subject = Sha256Hash::from_hex(&statement.subject.digest.to_hex())
            .map_err(|error| other(&error))?;
        let text = String::from_utf8(bundle.to_bytes()).map_err(|error| other(&error))?;
        let bundle = types::Bundle::from_json(&text).map_err(|error| other(&error))?;
        let checked = self.verifier.verify(subject, &bundle, &self.policy)?;
        checked
            .certificate()
            .map(Signatory::of)
            .ok_or(KeylessError::NoIdentity)
    }

    /// Looks at what costs little, before anything that costs.
    fn check_proofs(&self, material: &Value) -> Result<(), KeylessError> {
        let entries = list(&material["tlogEntries"]);
        let stamps = list(&material["timestampVerificationData"]["rfc3161Timestamps"]);
        let proofs = entries.len() + stamps.len();
        if entries.is_empty() {
            return Err(KeylessError::NoEntry);
        }
        if entries
            .iter()
            .any(|entry| entry["inclusionProof"].is_null())
        {
            return Err(KeylessError::NoProof);
        }
        if proofs > MOST_PROOFS {
            return Err(KeylessError::TooMuch(proofs));
        }
        let is_known = |entry: &Value| {
            let id = entry["logId"]["keyId"].as_str();
            id.is_some_and(|id| self.logs.contains(id))
        };
        if entries.iter().all(is_known) {
            Ok(())
        } else {
            Err(KeylessError::UnknownLog)
        }
    }
}

/// What nobody has proven is not read at any length: a few bytes of JSON take many in memory.
fn check_size(payload: &[u8]) -> Result<(), KeylessError> {
    let values = payload
        .iter()
        .filter(|byte| matches!(byte, b'[' | b'{' | b','));
    if payload.len() > MOST_STATEMENT_BYTES || values.count() > MOST_VALUES {
        return Err(KeylessError::LongStatement);
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl fmt::Debug for TrustedRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedRoot").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attest::BundleError;

    /// What GitHub's CI had signed on 2025-09-01 by the public instance.
    const SIGNED: &str = include_str!("public-instance.json");

    fn check(bundle: &str) -> Result<Signatory, String> {
        let bundle = Bundle::parse(bundle.as_bytes());
        let bundle = bundle.map_err(|error: BundleError| error.to_string())?;
        let checked = TrustedRoot::of_sigstore().unwrap().check(&bundle);
        checked.map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_public_instance_vouched_for_holds() {
        let signatory = check(SIGNED).unwrap();
        assert_eq!(
            signatory.identity,
            "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main"
        );
        assert_eq!(
            signatory.issuer,
            "https://token.actions.githubusercontent.com"
        );
    }

    #[test]
    fn no_byte_of_it_can_be_another() {
        let bundle: Value = serde_json::from_str(SIGNED).unwrap();
        let text = bundle.to_string();
        let letters = |byte: u8| byte.is_ascii_alphanumeric();
        let at: Vec<usize> = (0..text.len())
            .filter(|at| letters(text.as_bytes()[*at]))
            .collect();
        for at in at.into_iter().step_by(97) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(check(&changed).is_err(), "{at}: {}", &text[at - 40..=at]);
        }
    }

    #[test]
    fn damaged_roots_are_refused() {
        for root in ["", "[]", "{}", r#"{"mediaType":"x","tlogs":[{}]}"#] {
            assert!(TrustedRoot::parse(root).is_err(), "{root}");
        }
    }
}
