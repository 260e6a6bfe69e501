//! Puts adapters behind the ports. The one place that knows both.

mod bundle;
mod cache;
mod ci;
mod clean_place;
mod deploying;
mod dist;
mod doctor;
mod go_home;
mod history;
mod images;
mod keyless;
mod kubectl;
mod memo_places;
mod project;
mod publishers;
mod settings;
mod signing;
mod trial_place;
mod verifying;

use std::path::Path;
use std::sync::Arc;

pub(super) use crate::adapters::disk::{Depth, ManifestText, STDIN, WatchedFiles, read_manifests};
pub(super) use crate::adapters::registry::{MemoPlaces, RegistryReferrers};
use bundle::NamedBundle;
pub(super) use cache::{CacheShelves, cache_limit};
pub(super) use ci::CiWorld;
pub(super) use clean_place::CleanPlace;
pub(super) use deploying::Deploying;
pub(super) use doctor::{Looking, at_bedside};
pub(super) use go_home::GoHome;
pub(super) use history::{History, write_page};
pub(super) use images::{ImageShelf, ReportFile, write_document, write_report};
pub(super) use kubectl::Kubectl;
pub(super) use memo_places::memo_places;
use memo_places::memo_seals;
pub(super) use project::{KoYaml, Project, Source};
pub(super) use signing::{new_key, nobody_to_sign};
pub(super) use trial_place::{Trial, TrialPlace, circumstances};

use super::options::RunOptions;
use super::session::Session;
use crate::adapters::disk::{
    CacheFolder, DiskAttestedShelf, DiskBlobPlaces, DiskBlobStore, DiskHeadShelf,
    DiskInventoryShelf, DiskMemoShelf, DiskModuleVerifier, DiskModuleZips, DiskVerdictShelf,
    ModuleCache, ProgramFolder,
};
use crate::adapters::fetch::{ModuleProxies, Toolchains};
use crate::adapters::git::GitProgram;
use crate::adapters::go::{GoBuilder, Govulncheck};
use crate::adapters::http::{Client, Network};
use crate::adapters::registry::{Registries, RegistryBases, RegistryMemos, RegistryPublisher};
use crate::config::{Config, PolicyConfig};
use crate::image::ImagePackager;
use crate::layers::LayerWriter;
use crate::model::BuildError;
use crate::pipeline::{Ports, Prepared, Request, Signing};
use crate::ports::{BaseSource, EventSink, Git, Signer};
use crate::toolchain::ModuleSettings;
use publishers::Publishers;
use settings::{
    builder_settings, client_settings, module_settings, network, registry_settings, retry,
    scanner_settings, toolchain_settings,
};
use verifying::{GateParts, verified_bases};

/// What the adapters of a run share: the cache folder, and the way to other machines.
pub(in crate::cli) struct Shelves {
    cache: CacheFolder,
    blobs: DiskBlobStore,
    heads: DiskHeadShelf,
    client: Arc<Client>,
    bundle: Option<NamedBundle>,
}

impl Shelves {
    /// Opens the cache folder. Nobody is asked for anything yet.
    pub(in crate::cli) fn open(
        session: &Session,
        project: &Project,
        options: &RunOptions,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let network = network(options);
        let shelves = Self::of(session, &project.config, &project.root(), network, events)?;
        let bundle = options.bundle.as_ref().map(|file| {
            let path = project.folder().join(file);
            let key = options.bundle_key.as_ref();
            NamedBundle::open(session, &path, key, &shelves.cache, events)
        });
        Ok(Self {
            bundle: bundle.transpose()?,
            ..shelves
        })
    }

    /// Opens the cache folder for what `config` says of files below `root`.
    fn of(
        session: &Session,
        config: &Config,
        root: &Path,
        network: Network,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let cache = CacheFolder::open(&session.host, events)?;
        let settings = client_settings(session, config, root, network)?;
        Ok(Self {
            blobs: DiskBlobStore::new(cache.clone()),
            heads: DiskHeadShelf::new(cache.clone()),
            cache,
            client: Arc::new(Client::new(settings, session.cancellation.clone())),
            bundle: None,
        })
    }
}

/// All adapters of one run.
pub(in crate::cli) struct World<'a> {
    session: &'a Session,
    project: &'a Project,
    shelves: &'a Shelves,
    cache: CacheFolder,
    modules: ModuleSettings,
    events: &'a dyn EventSink,
    git: Option<GitProgram>,
    toolchains: Toolchains<'a>,
    builder: GoBuilder<'a>,
    scanner: Govulncheck<'a>,
    bases: Box<dyn BaseSource + 'a>,
    packager: ImagePackager<'a>,
    memos: RegistryMemos<'a>,
    publishers: Publishers<'a>,
    /// Nobody signs, unless a verb says so.
    signer: Option<Arc<dyn Signer>>,
    referrers: RegistryReferrers<'a>,
    attested: DiskAttestedShelf,
    verdicts: DiskVerdictShelf,
    module_cache: ModuleCache,
    zips: DiskModuleZips<'a>,
    verifier: DiskModuleVerifier,
    inventories: DiskInventoryShelf,
    programs: ProgramFolder,
}

impl<'a> World<'a> {
    /// Makes the adapters; nothing is started or asked yet.
    pub(in crate::cli) fn new(
        session: &'a Session,
        project: &'a Project,
        shelves: &'a Shelves,
        options: &RunOptions,
        places: MemoPlaces,
        events: &'a dyn EventSink,
    ) -> Result<Self, BuildError> {
        let (host, config, cancellation) = (&session.host, &project.config, &session.cancellation);
        let jobs = options.jobs.unwrap_or(host.cores);
        let modules = shelves.modules(module_settings(session, config, network(options))?);
        let registries = Registries::new(
            Arc::clone(&shelves.client),
            registry_settings(session, config, jobs),
            cancellation.clone(),
        );
        let layers = LayerWriter::new(
            &shelves.blobs,
            config.layers.compression,
            // Compressors beyond the processors that there are would only take memory.
            jobs.min(host.cores),
            cancellation.clone(),
        );
        let publisher = Arc::new(RegistryPublisher::new(
            Arc::clone(&registries),
            Arc::new(DiskBlobPlaces::new(shelves.cache.clone())),
            events,
        ));
        let go = builder_settings(session, project, shelves, modules.clone(), jobs)?;
        let memos = memos(session, project, shelves, &publisher, places)?;
        let module_cache = ModuleCache::new(go.folders.module_cache.clone());
        Ok(Self {
            git: git(session, project),
            toolchains: toolchains(session, config, shelves, &modules, events),
            zips: module_zips(session, config, shelves, &modules, &module_cache),
            verifier: DiskModuleVerifier::new(module_cache.clone(), shelves.cache.clone()),
            module_cache,
            scanner: Govulncheck::new(
                scanner_settings(session, config, shelves, go.clone(), network(options))?,
                &shelves.client,
                events,
                &session.clock,
                cancellation.clone(),
            ),
            builder: GoBuilder::new(go, events, &session.clock, cancellation.clone()),
            bases: bases(session, project, shelves, &publisher, &registries, events)?,
            packager: ImagePackager::new(layers, events),
            memos,
            signer: None,
            referrers: RegistryReferrers::new(Arc::clone(&publisher)),
            attested: DiskAttestedShelf::new(shelves.cache.clone()),
            verdicts: DiskVerdictShelf::new(shelves.cache.clone()),
            inventories: DiskInventoryShelf::new(shelves.cache.clone()),
            programs: ProgramFolder::new(jobs.min(host.cores), cancellation.clone()),
            publishers: Publishers::new(publisher, events, cancellation.clone()),
            cache: shelves.cache.clone(),
            shelves,
            session,
            project,
            modules,
            events,
        })
    }

    /// Lets what is pushed be signed, where the project wants it.
    ///
    /// # Errors
    /// When the key is not there, or something is to be said that nobody signs.
    pub(in crate::cli) fn signing(mut self) -> Result<Self, BuildError> {
        self.signer =
            signing::signer(self.session, self.project, &self.shelves.client)?.map(Arc::from);
        if let Some(signer) = &self.signer {
            if self.cache.is_new() {
                signing::open_early(&self.project.config, signer);
            }
            self.memos.signing(Arc::clone(signer));
        } else if !self.project.config.attest.says_nothing() {
            return Err(signing::nobody_signs());
        }
        Ok(self)
    }

    /// Lets a bundle or the files of a release be signed, where the project has somebody who signs.
    ///
    /// # Errors
    /// When the key is not there.
    pub(in crate::cli) fn sealing(mut self) -> Result<Self, BuildError> {
        self.signer =
            signing::signer(self.session, self.project, &self.shelves.client)?.map(Arc::from);
        Ok(self)
    }

    /// Returns what is asked for, by the names of images.
    pub(in crate::cli) fn request(&self, names: &'a [String]) -> Request<'_> {
        let Project { source, config, .. } = self.project;
        Request {
            config,
            project: &source.location.project,
            start: &source.location.start,
            names,
            root: &source.location.root,
            verb: self.session.verb,
            epoch: self.project.epoch,
            modules: &self.modules,
        }
    }

    /// Returns the rules that a push of `prepared` is held to, where there are any.
    pub(in crate::cli) fn policy(&self, prepared: &Prepared) -> Option<&PolicyConfig> {
        let policy = self.project.config.policy.as_ref();
        policy.filter(|_| prepared.is_pushed())
    }

    /// Returns the world as the pipeline sees it.
    pub(in crate::cli) fn ports(&self) -> Ports<'_> {
        Ports {
            source: &self.project.source.tree,
            git: self.git.as_ref().map(|git| git as &dyn Git),
            toolchains: &self.toolchains,
            builder: &self.builder,
            inspector: &self.builder,
            scanner: &self.scanner,
            bases: &*self.bases,
            packager: &self.packager,
            memos: &self.memos,
            publisher: &self.publishers,
            modules: &self.module_cache,
            verdicts: &self.verdicts,
            verifier: &self.verifier,
            zips: &self.zips,
            inventories: &self.inventories,
            signing: self.signing_port(),
            programs: &self.programs,
            events: self.events,
            clock: &self.session.clock,
            cancellation: &self.session.cancellation,
        }
    }
}

impl World<'_> {
    fn signing_port(&self) -> Option<Signing<'_>> {
        let config = &self.project.config;
        Some(Signing {
            signer: self.signer.as_deref()?,
            referrers: &self.referrers,
            shelf: &self.attested,
            sign: config.sign.as_ref()?,
        })
    }
}

/// Go, from this machine or from the proxies that `modules` names.
fn toolchains<'a>(
    session: &Session,
    config: &Config,
    shelves: &'a Shelves,
    modules: &ModuleSettings,
    events: &'a dyn EventSink,
) -> Toolchains<'a> {
    Toolchains::new(
        toolchain_settings(session, config, shelves, modules.clone()),
        &shelves.client,
        &shelves.heads,
        events,
        session.cancellation.clone(),
    )
}

/// The zips of modules, from Go's module cache or from the proxies that `modules` names.
fn module_zips<'a>(
    session: &Session,
    config: &Config,
    shelves: &'a Shelves,
    modules: &ModuleSettings,
    module_cache: &ModuleCache,
) -> DiskModuleZips<'a> {
    let proxies = ModuleProxies::new(
        &shelves.client,
        retry(config),
        &settings::environment(session, config),
        modules.clone(),
        session.cancellation.clone(),
    );
    DiskModuleZips::new(
        module_cache.clone(),
        shelves.cache.clone(),
        Box::new(proxies),
    )
}

fn git(session: &Session, project: &Project) -> Option<GitProgram> {
    let found = project.source.location.repository.clone()?;
    Some(GitProgram::new(
        &settings::environment(session, &project.config),
        found.folder,
        found.roots,
        session.cancellation.clone(),
    ))
}

/// Bases of registries; those that must be signed are not used before they are known to be.
fn bases<'a>(
    session: &Session,
    project: &Project,
    shelves: &'a Shelves,
    publisher: &Arc<RegistryPublisher<'a>>,
    registries: &Arc<Registries>,
    events: &'a dyn EventSink,
) -> Result<Box<dyn BaseSource + 'a>, BuildError> {
    let store = Arc::new(shelves.bundled_blobs());
    let bases = RegistryBases::new(Arc::clone(registries), store, events);
    let gate = GateParts {
        referrers: RegistryReferrers::new(Arc::clone(publisher)),
        cache: shelves.cache.clone(),
        events,
    };
    let bases = verified_bases(session, &project.config, &project.root(), bases, gate)?;
    Ok(shelves.bundled_bases(bases))
}

/// Memos of this machine, and of the registries that are asked and told.
fn memos<'a>(
    session: &Session,
    project: &Project,
    shelves: &Shelves,
    publisher: &Arc<RegistryPublisher<'a>>,
    places: MemoPlaces,
) -> Result<RegistryMemos<'a>, BuildError> {
    let local = DiskMemoShelf::new(
        shelves.cache.clone(),
        shelves.blobs.clone(),
        project.source.location.root.clone(),
    );
    let seals = memo_seals(session, project, &places)?;
    Ok(RegistryMemos::new(
        Box::new(local),
        Arc::clone(publisher),
        Arc::new(shelves.blobs.clone()),
        places,
        seals,
        session.cancellation.clone(),
    ))
}
