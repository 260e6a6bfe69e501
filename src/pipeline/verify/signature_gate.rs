//! Lets images of some registries pass only if they are signed by whom they should be.

use std::collections::BTreeMap;

use serde_json::json;

use crate::attest::{Demand, PublicKey};
use crate::config::Mirror;
use crate::model::{
    BuildError, Digest, Phase, Reference, RegistryHost, Repository, Work, canonical_json,
};
use crate::ports::{AttestedShelf, EventSink, Progress, Referrers};

use super::examine::Examiner;
use super::looked_at;

/// How many signatures are remembered of an image.
const MOST_PROOFS: usize = 16;

/// By whom images of one registry must be signed.
pub struct GateRule {
    /// Who must have signed, and what.
    pub demand: Demand,
    /// How the user names who must have signed.
    pub signer: String,
    /// A registry where signatures are looked for first.
    pub mirror: Option<Mirror>,
}

/// Knows by whom images must be signed, and asks once for each image. What passed is remembered by its
/// digest and by who must have signed: another signer asks anew.
pub struct SignatureGate<'a> {
    /// By the host that images are named with.
    pub rules: BTreeMap<RegistryHost, GateRule>,
    /// Where signatures are looked for.
    pub referrers: Box<dyn Referrers + 'a>,
    /// What was found before.
    pub shelf: Box<dyn AttestedShelf + 'a>,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
}

impl SignatureGate<'_> {
    /// Lets the image of `digest`, which `reference` names, pass if it may.
    ///
    /// # Errors
    /// When no signature of it holds, or nobody can be asked.
    pub fn admit(&self, reference: &Reference, digest: Digest) -> Result<(), BuildError> {
        let repository = reference.repository();
        let Some(rule) = self.rules.get(repository.host()) else {
            return Ok(());
        };
        let key = rule.record_key(digest);
        if self.shelf.find(key).is_some() {
            return Ok(());
        }
        let work = Work::new(Phase::Verify, reference.to_string());
        let _progress = Progress::start(self.events, work, None);
        // A mirror need not have signatures too.
        let mirror = rule.mirror.as_ref();
        let mirrored = mirror.and_then(|mirror| mirror.repository(repository).ok());
        if let Some(place) = mirrored
            && let Ok(proofs) = self.proofs(rule, &place, reference, digest)
        {
            self.shelf.keep(key, &proofs);
            return Ok(());
        }
        let proofs = self.proofs(rule, repository, reference, digest)?;
        self.shelf.keep(key, &proofs);
        Ok(())
    }

    /// Returns the signatures that hold, of all that hangs on the image at `place`.
    fn proofs(
        &self,
        rule: &GateRule,
        place: &Repository,
        reference: &Reference,
        digest: Digest,
    ) -> Result<Vec<Digest>, BuildError> {
        let examiner = Examiner::new(&*self.referrers, place, &rule.demand, self.events);
        let findings = examiner.examine(digest)?.findings;
        let Some(missing) = findings.missing(&rule.demand).into_iter().next() else {
            let signatures = findings.proven.iter();
            let signatures = signatures.filter(|it| it.statement.is_signature());
            return Ok(signatures.map(|it| it.found_in).take(MOST_PROOFS).collect());
        };
        let host = reference.repository().host();
        let error = BuildError::new(Phase::Verify, reference, missing).hint(format!(
            "[registries.\"{host}\"] in coracle.toml wants one by {}",
            rule.signer
        ));
        let mut hints = looked_at(&findings);
        if hints.is_empty() {
            hints.push(
                "nothing hangs on it: take another image, or have this one signed".to_owned(),
            );
        }
        Err(hints.into_iter().fold(error, BuildError::hint))
    }
}

impl GateRule {
    /// Names what is found out of an image, with all that decides it.
    fn record_key(&self, digest: Digest) -> Digest {
        let signers = &self.demand.signers;
        let keys = signers.keys.iter().map(PublicKey::hint);
        let roots = signers.identities.iter().map(|it| it.root.digest());
        Digest::of(&canonical_json(&json!({
            "verified": digest,
            "signer": self.signer,
            "keys": keys.collect::<Vec<_>>(),
            "roots": roots.collect::<Vec<_>>(),
        })))
    }
}
