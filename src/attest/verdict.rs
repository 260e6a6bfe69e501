//! What is found of an image's signatures and attestations, and whether it suffices.

use std::collections::BTreeMap;

use super::keyless::{IdentityDemand, KeylessError, Signatory};
use super::{
    Bundle, BundleError, ClassicPayload, ClassicPayloadError, ClassicSignature, Material,
    PredicateType, PublicKey, Statement, StatementError,
};
use crate::model::Digest;

/// What whoever checks an image asks for.
#[derive(Debug, Clone)]
pub struct Demand {
    /// The keys of which one must have signed, or else one of `identities`.
    pub keys: Vec<PublicKey>,
    /// Those who may have signed without a key.
    pub identities: Vec<IdentityDemand>,
    /// What must be said of the image beside the signature.
    pub attestations: Vec<PredicateType>,
    /// What the signature must say.
    pub annotations: BTreeMap<String, String>,
}

/// Something that one of the keys or identities has signed, about the image.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// What it says.
    pub statement: Statement,
    /// Who signed it, where no key did.
    pub signatory: Option<Signatory>,
    /// The manifest that it came in; for a classic signature, its payload.
    pub found_in: Digest,
}

/// Something that was looked at and proves nothing.
#[derive(Debug)]
pub struct Discarded {
    /// The manifest that it came in; for a classic signature, its payload.
    pub found_in: Digest,
    /// Why.
    pub reason: Rejection,
}

/// Why something that hangs on an image proves nothing about it.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is no bundle, or none of these keys.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No identity that was asked for has signed it.
    #[error(transparent)]
    Keyless(#[from] KeylessError),
    /// It is no classic signature.
    #[error(transparent)]
    Payload(#[from] ClassicPayloadError),
    /// Its statement is wrong.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is of another image.
    #[error("it is a statement about {0}, another image")]
    OtherImage(Digest),
    /// None of the keys has signed it.
    #[error("it was signed by another key")]
    OtherKey,
    /// It does not say what is demanded.
    #[error("it does not say {key}={value}")]
    Annotation {
        /// What must be said.
        key: String,
        /// And how.
        value: String,
    },
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What holds.
    pub proven: Vec<Proven>,
    /// What does not.
    pub discarded: Vec<Discarded>,
}

/// Why an image is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// There is no signature that holds.
    #[error("no signature of it holds")]
    Signature,
    /// There is no attestation of a kind that holds.
    #[error("no attestation {0} of it holds")]
    Attestation(String),
}

impl Findings {
    /// Judges a bundle that came in the manifest `found_in`, about the image of `subject`.
    pub fn judge(&mut self, demand: &Demand, subject: Digest, found_in: Digest, bundle: &[u8]) {
        let judged = judge(demand, subject, bundle);
        self.note(found_in, judged);
    }

    /// Judges a classic signature under `payload`.
    pub fn judge_classic(
        &mut self,
        demand: &Demand,
        subject: Digest,
        signature: &ClassicSignature,
        payload: &[u8],
    ) {
        let judged = judge_classic(demand, subject, signature, payload);
        self.note(signature.payload.digest, judged);
    }

    fn note(&mut self, found_in: Digest, judged: Result<Signed, Rejection>) {
        match judged {
            Ok((statement, signatory)) => self.proven.push(Proven {
                statement,
                signatory,
                found_in,
            }),
            Err(reason) => self.discarded.push(Discarded { found_in, reason }),
        }
    }

    /// Returns what of `demand` is not met.
    pub fn missing(&self, demand: &Demand) -> Vec<Missing> {
        let holds = |kind: &PredicateType| {
            let mut proven = self.proven.iter();
            proven.any(|it| it.statement.predicate_type == *kind)
        };
        let signature = (!holds(&PredicateType::signature())).then_some(Missing::Signature);
        let attestations = demand.attestations.iter().filter(|kind| !holds(kind));
        signature
            .into_iter()
            .chain(attestations.map(|kind| Missing::Attestation(kind.short_name().to_owned())))
            .collect()
    }
}

/// What is said, and by whom where no key says it.
type Signed = (Statement, Option<Signatory>);

fn judge(demand: &Demand, subject: Digest, bundle: &[u8]) -> Result<Signed, Rejection> {
    let bundle = Bundle::parse(bundle)?;
    let (statement, signatory) = match &bundle.material {
        Material::Keyless(_) if !demand.identities.is_empty() => {
            let (statement, signatory) = by_identity(&demand.identities, &bundle)?;
            (statement, Some(signatory))
        }
        _ => (by_key(demand, &bundle)?, None),
    };
    Ok((about(demand, subject, statement)?, signatory))
}

fn by_key(demand: &Demand, bundle: &Bundle) -> Result<Statement, Rejection> {
    let mut last = match demand.identities.as_slice() {
        [] => Rejection::OtherKey,
        _ => KeylessError::NoIdentity.into(),
    };
    for key in &demand.keys {
        match bundle.statement(key) {
            Ok(statement) => return Ok(statement),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

fn by_identity(
    identities: &[IdentityDemand],
    bundle: &Bundle,
) -> Result<(Statement, Signatory), Rejection> {
    let mut last = KeylessError::NoIdentity;
    for IdentityDemand { rule, root } in identities {
        let checked = root
            .check(bundle)
            .and_then(|signatory| signatory.check(rule).map(|()| signatory));
        match checked {
            Ok(signatory) => return Ok((bundle.unchecked_statement()?, signatory)),
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

fn judge_classic(
    demand: &Demand,
    subject: Digest,
    signature: &ClassicSignature,
    payload: &[u8],
) -> Result<Signed, Rejection> {
    if !demand.keys.iter().any(|key| signature.is_by(key, payload)) {
        return Err(Rejection::OtherKey);
    }
    let payload = ClassicPayload::parse(payload)?;
    let statement = Statement::signature(payload.digest, payload.annotations);
    Ok((about(demand, subject, statement)?, None))
}

/// Who signs another image, or says something else, signs nothing here.
fn about(demand: &Demand, subject: Digest, statement: Statement) -> Result<Statement, Rejection> {
    if statement.subject.digest != subject {
        return Err(Rejection::OtherImage(statement.subject.digest));
    }
    if statement.predicate_type != PredicateType::signature() {
        return Ok(statement);
    }
    let said = &statement.subject.annotations;
    let mut demanded = demand.annotations.iter();
    match demanded.find(|(key, value)| said.get(*key) != Some(value)) {
        None => Ok(statement),
        Some((key, value)) => Err(Rejection::Annotation {
            key: key.clone(),
            value: value.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attest::{PrivateKey, pre_authentication};

    fn key(number: u8) -> PrivateKey {
        PrivateKey::of_random(&[number; 32]).unwrap()
    }

    fn bundle(key: &PrivateKey, statement: &Statement) -> Vec<u8> {
        let bytes = statement.to_bytes();
        let signature = key.sign(&pre_authentication(&bytes));
        Bundle::of_key(&bytes, &signature, &key.public_key().unwrap()).to_bytes()
    }

    fn demand() -> Demand {
        Demand {
            keys: vec![key(1).public_key().unwrap()],
            identities: Vec::new(),
            attestations: Vec::new(),
            annotations: BTreeMap::new(),
        }
    }

    fn image() -> Digest {
        Digest::of(b"image")
    }

    fn signature() -> Statement {
        Statement::signature(image(), BTreeMap::new())
    }

    fn sbom() -> Statement {
        Statement::new(image(), PredicateType::of_name("spdx"), json!({}))
    }

    fn judged(demand: &Demand, bundle: &[u8]) -> Findings {
        let mut findings = Findings::default();
        findings.judge(demand, image(), Digest::of(b"manifest"), bundle);
        findings
    }

    #[test]
    fn a_signature_by_the_key_suffices() {
        let findings = judged(&demand(), &bundle(&key(1), &signature()));
        assert_eq!(findings.missing(&demand()), []);
    }

    #[test]
    fn a_bill_of_materials_by_the_key_is_no_signature() {
        let findings = judged(&demand(), &bundle(&key(1), &sbom()));
        assert_eq!(findings.proven.len(), 1);
        assert_eq!(findings.missing(&demand()), [Missing::Signature]);
    }

    #[test]
    fn what_another_key_has_signed_counts_for_nothing_and_harms_nothing() {
        let mut findings = judged(&demand(), &bundle(&key(2), &signature()));
        assert_eq!(findings.missing(&demand()), [Missing::Signature]);
        findings.judge(&demand(), image(), image(), &bundle(&key(1), &signature()));
        assert_eq!(findings.missing(&demand()), []);
    }

    #[test]
    fn an_attestation_that_is_demanded_must_hold() {
        let spdx = Demand {
            attestations: vec![PredicateType::of_name("spdx")],
            ..demand()
        };
        let mut findings = judged(&spdx, &bundle(&key(1), &signature()));
        findings.judge(&spdx, image(), image(), &bundle(&key(2), &sbom()));
        assert_eq!(
            findings.missing(&spdx),
            [Missing::Attestation("spdx".to_owned())]
        );
        findings.judge(&spdx, image(), image(), &bundle(&key(1), &sbom()));
        assert_eq!(findings.missing(&spdx), []);
    }

    #[test]
    fn every_change_of_a_signed_bundle_is_noticed() {
        let other = Statement::signature(Digest::of(b"other"), BTreeMap::new());
        let good = String::from_utf8(bundle(&key(1), &signature())).unwrap();
        let replayed = bundle(&key(1), &other);
        let swapped = {
            let signature: serde_json::Value = serde_json::from_str(&good).unwrap();
            let mut swapped: serde_json::Value = serde_json::from_slice(&replayed).unwrap();
            swapped["dsseEnvelope"]["payload"] = signature["dsseEnvelope"]["payload"].clone();
            swapped.to_string()
        };
        for (bundle, why) in [
            (String::from_utf8(replayed).unwrap(), "another image"),
            (swapped, "not signed by this key"),
            (
                good.replace("\"dsseEnvelope\"", "\"x\":1,\"dsseEnvelope\""),
                "no Sigstore bundle",
            ),
            (good.replace("v0.3+json", "v0.9+json"), "unknown version"),
            (
                good.replace("\"publicKey\"", "\"certificate\""),
                "by an identity",
            ),
            (good.replace("in-toto+json", "other+json"), "its envelope"),
            ("[".repeat(200_000), "no Sigstore bundle"),
        ] {
            let findings = judged(&demand(), bundle.as_bytes());
            let reason = findings.discarded[0].reason.to_string();
            assert!(reason.contains(why), "{reason}, expected {why}");
        }
    }

    #[test]
    fn a_signature_must_say_what_is_demanded() {
        let stage = BTreeMap::from([("stage".to_owned(), "production".to_owned())]);
        let demand = Demand {
            annotations: stage.clone(),
            ..demand()
        };
        let plain = judged(&demand, &bundle(&key(1), &signature()));
        assert_eq!(plain.missing(&demand), [Missing::Signature]);
        let said = judged(
            &demand,
            &bundle(&key(1), &Statement::signature(image(), stage)),
        );
        assert_eq!(said.missing(&demand), []);
    }
}
