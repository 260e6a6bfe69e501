//! By whom images must be signed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::images::{ImageShelf, settings_of};
use super::signing::public_key;
use crate::adapters::disk::{CacheFolder, DiskAttestedShelf, DiskBlobStore};
use crate::adapters::registry::{RegistryBases, RegistryReferrers};
use crate::attest::{Demand, PublicKey};
use crate::cli::session::Session;
use crate::config::{Config, KeySource, RegistryConfig, TrustedSigner};
use crate::model::{BuildError, Reference, RegistryHost};
use crate::pipeline::{GateRule, SignatureGate, VerifiedBases, VerifiedImage};
use crate::ports::{BaseSource, EventSink, ImageReader};

/// Lets `bases` pass a gate, where `config` has one; files of keys are in `folder`.
///
/// # Errors
/// When a key is not there.
pub(super) fn verified_bases<'a>(
    session: &Session,
    config: &Config,
    folder: &Path,
    bases: RegistryBases<'a>,
    gate: GateParts<'a>,
) -> Result<Box<dyn BaseSource + 'a>, BuildError> {
    let mut rules = BTreeMap::new();
    for (host, registry) in &config.registries {
        if let Some(rule) = gate_rule(session, registry, folder)? {
            rules.insert(host.clone(), rule);
        }
    }
    let bases: Box<dyn BaseSource + 'a> = Box::new(bases);
    if rules.is_empty() {
        return Ok(bases);
    }
    let gate = gate.with(rules);
    Ok(Box::new(VerifiedBases { bases, gate }))
}

/// What a gate stands on.
pub(super) struct GateParts<'a> {
    pub(super) referrers: RegistryReferrers<'a>,
    pub(super) cache: CacheFolder,
    pub(super) events: &'a dyn EventSink,
}

impl<'a> GateParts<'a> {
    fn with(self, rules: BTreeMap<RegistryHost, GateRule>) -> SignatureGate<'a> {
        SignatureGate {
            rules,
            referrers: Box::new(self.referrers),
            shelf: Box::new(DiskAttestedShelf::new(self.cache)),
            events: self.events,
        }
    }
}

fn gate_rule(
    session: &Session,
    registry: &RegistryConfig,
    folder: &Path,
) -> Result<Option<GateRule>, BuildError> {
    let Some(TrustedSigner::Key(source)) = &registry.verify else {
        return Ok(None);
    };
    Ok(Some(GateRule {
        demand: Demand {
            keys: vec![public_key(session, source, folder)?],
            identities: Vec::new(),
            attestations: Vec::new(),
            annotations: BTreeMap::new(),
        },
        signer: format!("the key {source}"),
        mirror: registry.mirror.clone(),
    }))
}

impl<'a> ImageShelf<'a> {
    /// Opens what `name` means, as [`ImageShelf::image`] does; an image of a registry only if it is signed
    /// by whom it must be.
    pub(in crate::cli) fn verified_image(
        &self,
        name: &str,
    ) -> Result<Box<dyn ImageReader + 'a>, Vec<BuildError>> {
        let reader = self.image(name)?;
        let reference = name.parse::<Reference>();
        let (true, Ok(reference)) = (self.is_remote(name), reference) else {
            return Ok(reader);
        };
        let host = reference.repository().host().clone();
        let Some(rule) = self.rule(&host)? else {
            return Ok(reader);
        };
        let gate = self.gate_parts()?.with(BTreeMap::from([(host, rule)]));
        Ok(Box::new(VerifiedImage {
            reader,
            reference,
            gate,
        }))
    }

    /// Returns the keys at `sources`; where there are none, those of which one must have signed images of
    /// `host`, as far as the project says.
    pub(in crate::cli) fn keys(
        &self,
        sources: &[KeySource],
        host: &RegistryHost,
    ) -> Result<Vec<PublicKey>, Vec<BuildError>> {
        if sources.is_empty() {
            let rule = self.rule(host)?;
            return Ok(rule.map(|rule| rule.demand.keys).unwrap_or_default());
        }
        let folder = self.folder();
        let read = |source| public_key(self.session, source, &folder);
        let keys: Result<_, _> = sources.iter().map(read).collect();
        keys.map_err(|error| vec![error])
    }

    /// Returns where bases are found.
    pub(in crate::cli) fn bases(&self) -> Result<Box<dyn BaseSource + 'a>, Vec<BuildError>> {
        let one = |error| vec![error];
        let store = DiskBlobStore::new(self.cache().map_err(one)?.clone());
        let bases = RegistryBases::new(self.registries()?, Arc::new(store), self.events);
        let (config, root) = settings_of(self.session, &self.options)?;
        verified_bases(self.session, &config, &root, bases, self.gate_parts()?).map_err(one)
    }

    fn rule(&self, host: &RegistryHost) -> Result<Option<GateRule>, Vec<BuildError>> {
        let (config, root) = settings_of(self.session, &self.options)?;
        let registry = config.registries.get(host);
        let rule = registry.map(|registry| gate_rule(self.session, registry, &root));
        let rule = rule.transpose().map_err(|error| vec![error])?;
        Ok(rule.flatten())
    }

    fn gate_parts(&self) -> Result<GateParts<'a>, Vec<BuildError>> {
        Ok(GateParts {
            referrers: self.referrers()?,
            cache: self.cache().map_err(|error| vec![error])?.clone(),
            events: self.events,
        })
    }
}
