//! What is found of an image's signatures and attestations, and whether it suffices.

use std::collections::BTreeMap;

use super::{
    Bundle, Claim, ClassicPayload, ClassicSignature, Discarded, Envelope, Finding, Material,
    PredicateType, Proven, Rejection, SignedBy, Statement, TrustedSigners,
};
use crate::model::Digest;

/// What whoever checks an image asks for.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Who may have signed: whatever is by nobody of these counts for nothing.
    pub signers: TrustedSigners,
    /// What must be said of the image beside the signature.
    pub attestations: Vec<PredicateType>,
    /// What the signature must say.
    pub annotations: BTreeMap<String, String>,
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

impl Finding {
    /// Judges a bundle that came in the manifest `found_in`, about the image of `subject`.
    pub fn of_bundle(demand: &Demand, subject: Digest, found_in: Digest, bundle: &[u8]) -> Self {
        let bundle = match Bundle::parse(bundle) {
            Ok(bundle) => bundle,
            Err(error) => return Self::discarded(found_in, error),
        };
        Self::of_parsed(demand, subject, found_in, &bundle)
    }

    fn of_parsed(demand: &Demand, subject: Digest, found_in: Digest, bundle: &Bundle) -> Self {
        match judge(demand, subject, bundle) {
            Ok((statement, signed_by)) => Self::proven(found_in, statement, signed_by),
            Err(reason) => Self::Discarded(Discarded {
                found_in,
                reason,
                claim: Claim::of(bundle),
            }),
        }
    }

    /// Judges an envelope that came without a bundle around it, in the blob `found_in`.
    pub fn of_envelope(
        demand: &Demand,
        subject: Digest,
        found_in: Digest,
        envelope: &[u8],
    ) -> Self {
        let envelope: Envelope = match serde_json::from_slice(envelope) {
            Ok(envelope) => envelope,
            Err(error) => return Self::discarded(found_in, Rejection::Form("envelope", error)),
        };
        let hint = String::new();
        let material = Material::Key { hint };
        let bundle = Bundle { envelope, material };
        if demand.signers.keys.is_empty() {
            return Self::Discarded(Discarded {
                found_in,
                reason: no_key_for_classic(demand),
                claim: Claim::of(&bundle),
            });
        }
        Self::of_parsed(demand, subject, found_in, &bundle)
    }

    /// Judges a classic signature under `payload`.
    pub fn of_classic(
        demand: &Demand,
        subject: Digest,
        signature: &ClassicSignature,
        payload: &[u8],
    ) -> Self {
        let found_in = signature.payload.digest;
        match judge_classic(demand, subject, signature, payload) {
            Ok((statement, signed_by)) => Self::proven(found_in, statement, signed_by),
            Err(reason) => Self::Discarded(Discarded {
                found_in,
                reason,
                claim: Some(Claim {
                    predicate_type: PredicateType::signature(),
                    signed_by: SignedBy::Unnamed,
                }),
            }),
        }
    }
}

impl Findings {
    /// Takes what became of one thing.
    pub fn add(&mut self, finding: Finding) {
        match finding {
            Finding::Proven(proven) => self.proven.push(proven),
            Finding::Discarded(discarded) => self.discarded.push(discarded),
        }
    }

    /// Returns all of it, what holds first.
    pub fn into_all(self) -> impl Iterator<Item = Finding> {
        let proven = self.proven.into_iter().map(Finding::Proven);
        proven.chain(self.discarded.into_iter().map(Finding::Discarded))
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

fn judge(
    demand: &Demand,
    subject: Digest,
    bundle: &Bundle,
) -> Result<(Statement, SignedBy), Rejection> {
    if demand.signers.is_empty() {
        about(demand, subject, bundle.unchecked_head()?)?;
        return Err(Rejection::NoKeys);
    }
    let (statement, signed_by) = demand.signers.check(bundle)?;
    Ok((about(demand, subject, statement)?, signed_by))
}

/// What older cosign wrote names no proof that the log has it, which identities need.
fn no_key_for_classic(demand: &Demand) -> Rejection {
    if demand.signers.is_empty() {
        Rejection::NoKeys
    } else {
        Rejection::Classic
    }
}

fn judge_classic(
    demand: &Demand,
    subject: Digest,
    signature: &ClassicSignature,
    payload: &[u8],
) -> Result<(Statement, SignedBy), Rejection> {
    let mut keys = demand.signers.keys.iter();
    let Some(key) = keys.find(|key| signature.is_by(key, payload)) else {
        return Err(if demand.signers.keys.is_empty() {
            no_key_for_classic(demand)
        } else {
            Rejection::OtherKey
        });
    };
    let payload = ClassicPayload::parse(payload)?;
    let statement = Statement::signature(payload.digest, payload.annotations);
    let statement = about(demand, subject, statement)?;
    Ok((statement, SignedBy::Key(key.hint())))
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
            signers: TrustedSigners::of_key(key(1).public_key().unwrap()),
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

    fn found(demand: &Demand, bundle: &[u8]) -> Finding {
        Finding::of_bundle(demand, image(), Digest::of(b"manifest"), bundle)
    }

    fn judged(demand: &Demand, bundle: &[u8]) -> Findings {
        let mut findings = Findings::default();
        findings.add(found(demand, bundle));
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
        findings.add(found(&demand(), &bundle(&key(1), &signature())));
        assert_eq!(findings.missing(&demand()), []);
    }

    #[test]
    fn an_attestation_that_is_demanded_must_hold() {
        let spdx = Demand {
            attestations: vec![PredicateType::of_name("spdx")],
            ..demand()
        };
        let mut findings = judged(&spdx, &bundle(&key(1), &signature()));
        findings.add(found(&spdx, &bundle(&key(2), &sbom())));
        assert_eq!(
            findings.missing(&spdx),
            [Missing::Attestation("spdx".to_owned())]
        );
        findings.add(found(&spdx, &bundle(&key(1), &sbom())));
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
