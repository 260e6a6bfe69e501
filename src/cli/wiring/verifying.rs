//! By whom images must be signed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::images::ImageShelf;
use super::keyless::{identity_demand, trusted_root_of};
use super::project::Settings;
use super::signing::public_key;
use crate::adapters::disk::{CacheFolder, DiskAttestedShelf, DiskBlobStore};
use crate::adapters::registry::{RegistryBases, RegistryReferrers};
use crate::attest::{Demand, TrustedSigners};
use crate::cli::session::Session;
use crate::config::{Config, IdentityRule, KeySource, RegistryConfig, TrustedSigner};
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
        if let Some(rule) = gate_rule(session, registry, folder, None)? {
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

/// Returns by whom images of `registry` must be signed: an identity by the trusted root in `root`, where a
/// flag names one.
fn gate_rule(
    session: &Session,
    registry: &RegistryConfig,
    folder: &Path,
    root: Option<PathBuf>,
) -> Result<Option<GateRule>, BuildError> {
    let Some(trusted) = &registry.verify else {
        return Ok(None);
    };
    let (signers, signer) = match trusted {
        TrustedSigner::Key(source) => {
            let key = public_key(session, source, folder)?;
            (TrustedSigners::of_key(key), format!("the key {source}"))
        }
        TrustedSigner::Identity { rule, trusted_root } => {
            let configured = || trusted_root.as_ref().map(|file| folder.join(file));
            let root = root.or_else(configured);
            let identity = identity_demand(rule.clone(), root.as_deref())?;
            (TrustedSigners::of_identity(identity), rule.to_string())
        }
    };
    Ok(Some(GateRule {
        demand: Demand {
            signers,
            attestations: Vec::new(),
            annotations: BTreeMap::new(),
        },
        signer,
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
        let Some(rule) = self.rule(&host, None)? else {
            return Ok(reader);
        };
        let gate = self.gate_parts()?.with(BTreeMap::from([(host, rule)]));
        Ok(Box::new(VerifiedImage {
            reader,
            reference,
            gate,
        }))
    }

    /// Returns whose signatures of images of `host` count, as far as the project says: of an identity, by
    /// the trusted root in the file `root`, where there is one.
    ///
    /// # Errors
    /// When the project, a key or a trusted root cannot be read.
    pub(in crate::cli) fn signers_trusted_for(
        &self,
        host: &RegistryHost,
        root: Option<&Path>,
    ) -> Result<TrustedSigners, Vec<BuildError>> {
        let named = root.map(|file| self.folder().join(file));
        if let Some(rule) = self.rule(host, named)? {
            return Ok(rule.demand.signers);
        }
        let config = &self.settings()?.config;
        let rule = config.keyless().and_then(|keyless| keyless.rule.clone());
        self.trusted_signers(&[], rule, root)
    }

    /// Returns who has the keys at `sources`, and whom `rule` names: by the trusted root in the file
    /// `root`, else the project's.
    ///
    /// # Errors
    /// When the project, a key or a trusted root cannot be read.
    pub(in crate::cli) fn trusted_signers(
        &self,
        sources: &[KeySource],
        rule: Option<IdentityRule>,
        root: Option<&Path>,
    ) -> Result<TrustedSigners, Vec<BuildError>> {
        let one = |error| vec![error];
        let folder = self.folder();
        let read = |source| public_key(self.session, source, &folder);
        let keys: Result<_, _> = sources.iter().map(read).collect();
        let keys = keys.map_err(one)?;
        let Some(rule) = rule else {
            let identities = Vec::new();
            return Ok(TrustedSigners { keys, identities });
        };
        let Settings {
            config,
            root: of_project,
        } = self.settings()?;
        let root = root.map(|file| folder.join(file));
        let root = root.or_else(|| trusted_root_of(config, of_project));
        let identities = vec![identity_demand(rule, root.as_deref()).map_err(one)?];
        Ok(TrustedSigners { keys, identities })
    }

    /// Returns where bases are found.
    pub(in crate::cli) fn bases(&self) -> Result<Box<dyn BaseSource + 'a>, Vec<BuildError>> {
        let one = |error| vec![error];
        let store = DiskBlobStore::new(self.cache().map_err(one)?.clone());
        let bases = RegistryBases::new(self.registries()?, Arc::new(store), self.events);
        let Settings { config, root } = self.settings()?;
        verified_bases(self.session, config, root, bases, self.gate_parts()?).map_err(one)
    }

    fn rule(
        &self,
        host: &RegistryHost,
        root: Option<PathBuf>,
    ) -> Result<Option<GateRule>, Vec<BuildError>> {
        let Settings {
            config,
            root: folder,
        } = self.settings()?;
        let registry = config.registries.get(host);
        let rule = registry.map(|registry| gate_rule(self.session, registry, folder, root));
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
