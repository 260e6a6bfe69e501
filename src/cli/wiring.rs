//! Puts adapters behind the ports. The one place that knows both.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::adapters::disk::{
    self, CacheFolder, DiskBlobStore, DiskPublisher, DiskTree, ProgramFolder, ProjectLocation,
    ProjectRequest,
};
use super::temporary_go::ToolchainCache;
use crate::adapters::git::GitProgram;
use crate::adapters::go::{GoBuilder, GoBuilderSettings};
use crate::adapters::http::{Client, ClientSettings, Network};
use crate::adapters::registry::{Registries, RegistryBases, RegistryPublisher, RegistrySettings};
use crate::compile::GoFolders;
use crate::config::{self, BaseChoice, Config, FileText, Overrides};
use crate::facts;
use crate::image::ImagePackager;
use crate::layers::LayerWriter;
use crate::model::{BuildError, Phase, RegistryHost, Timestamp};
use crate::pipeline::{Ports, Request};
use crate::ports::{EventSink, Git};
use crate::publish::RetryPolicy;
use crate::toolchain::{GoEnvFile, ModuleSettings};

use super::options::{ProjectOptions, RunOptions};
use super::publishers::Publishers;
use super::session::Session;

/// The user's source, found.
pub(super) struct Source {
    /// The folder that paths of the command line start from.
    pub(super) folder: PathBuf,
    location: ProjectLocation,
    tree: DiskTree,
}

impl Source {
    /// Finds the source that the user stands in.
    pub(super) fn find(session: &Session, options: &ProjectOptions) -> Result<Self, BuildError> {
        let cwd = &session.host.cwd;
        let folder = options
            .directory
            .as_ref()
            .map_or_else(|| cwd.clone(), |directory| cwd.join(directory));
        let named = options.config.as_ref().map(|file| folder.join(file));
        let location = disk::find_project(&ProjectRequest {
            start: &folder,
            gowork: session.host.environment.get("GOWORK"),
            config_file: named.as_deref(),
        })?;
        let tree = DiskTree::open(&location.root).map_err(|error| {
            BuildError::new(
                Phase::Facts,
                location.root.display(),
                "cannot open the project",
            )
            .because(error)
        })?;
        Ok(Self {
            folder,
            location,
            tree,
        })
    }

    /// Returns the source's files, and the place in them of a project in the folder that the user
    /// stands in.
    pub(super) fn to_init(&self) -> (&DiskTree, facts::Project) {
        let project = facts::Project {
            folder: self.location.start.clone(),
            workspace: self.location.project.workspace.clone(),
        };
        (&self.tree, project)
    }
}

/// The user's project, found and read.
pub(super) struct Project {
    source: Source,
    config: Config,
    epoch: Option<Timestamp>,
}

impl Project {
    /// Finds the project and reads its configuration, with what environment and flags say in it.
    pub(super) fn open(
        session: &Session,
        options: &ProjectOptions,
        overrides: &Overrides,
    ) -> Result<Self, BuildError> {
        let source = Source::find(session, options)?;
        let file = source.location.config_file.as_deref();
        let text = file.map(disk::read_config).transpose()?;
        let name = file
            .map(|file| shown(file, &session.host.cwd))
            .unwrap_or_default();
        let file = text.as_deref().map(|text| FileText { name: &name, text });
        let config = config::load(file, &session.host.environment, overrides)?;
        Ok(Self {
            source,
            config,
            epoch: epoch(session)?,
        })
    }

    /// Returns the configuration.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the folder that paths of the command line start from.
    pub(super) fn folder(&self) -> &Path {
        &self.source.folder
    }

    /// Returns what is asked for.
    pub(super) fn request<'a>(&'a self, names: &'a [String]) -> Request<'a> {
        Request {
            config: &self.config,
            project: &self.source.location.project,
            start: &self.source.location.start,
            names,
            epoch: self.epoch,
        }
    }
}

fn epoch(session: &Session) -> Result<Option<Timestamp>, BuildError> {
    let text = session.host.environment.get_str("SOURCE_DATE_EPOCH");
    text.map(str::parse).transpose().map_err(|error| {
        BuildError::new(Phase::Config, "SOURCE_DATE_EPOCH", error)
            .hint("unset it, or: export SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)")
    })
}

/// Shows a path as short as it can be typed from `cwd`.
fn shown(path: &Path, cwd: &Path) -> String {
    path.strip_prefix(cwd).unwrap_or(path).display().to_string()
}

/// What outlives the run on this machine.
pub(super) struct Shelves {
    cache: CacheFolder,
    blobs: DiskBlobStore,
}

impl Shelves {
    /// Opens the cache folder.
    pub(super) fn open(session: &Session) -> Result<Self, BuildError> {
        let cache = CacheFolder::open(&session.host)?;
        Ok(Self {
            blobs: DiskBlobStore::new(cache.clone()),
            cache,
        })
    }
}

/// All adapters of one run.
pub(super) struct World<'a> {
    session: &'a Session,
    project: &'a Project,
    events: &'a dyn EventSink,
    git: Option<GitProgram>,
    toolchains: ToolchainCache,
    builder: GoBuilder<'a>,
    bases: RegistryBases<'a>,
    packager: ImagePackager<'a>,
    publishers: Publishers<'a>,
}

impl<'a> World<'a> {
    /// Makes the adapters; nothing is started or asked yet.
    pub(super) fn new(
        session: &'a Session,
        project: &'a Project,
        shelves: &'a Shelves,
        options: &RunOptions,
        events: &'a dyn EventSink,
    ) -> Result<Self, BuildError> {
        let (host, config, cancellation) = (&session.host, &project.config, &session.cancellation);
        let jobs = options.jobs.unwrap_or(host.cores);
        let modules = module_settings(session, config, options)?;
        let client = Arc::new(Client::new(
            client_settings(session, project, options)?,
            cancellation.clone(),
        ));
        let registries = Registries::new(
            Arc::clone(&client),
            registry_settings(session, project, jobs),
            cancellation.clone(),
        );
        let layers = LayerWriter::new(
            &shelves.blobs,
            config.layers.compression,
            jobs,
            cancellation.clone(),
        );
        Ok(Self {
            git: project
                .source
                .location
                .repository
                .clone()
                .map(|folder| GitProgram::new(folder, cancellation.clone())),
            toolchains: ToolchainCache,
            builder: GoBuilder::new(
                builder_settings(session, project, shelves, modules, jobs)?,
                events,
                &session.clock,
                cancellation.clone(),
            ),
            bases: RegistryBases::new(
                Arc::clone(&registries),
                Arc::new(shelves.blobs.clone()),
                events,
            ),
            packager: ImagePackager::new(layers, events),
            publishers: Publishers {
                registry: RegistryPublisher::new(registries, events),
                disk: DiskPublisher::new(events, cancellation.clone()),
            },
            session,
            project,
            events,
        })
    }

    /// Returns the world as the pipeline sees it.
    pub(super) fn ports(&self) -> Ports<'_> {
        Ports {
            source: &self.project.source.tree,
            git: self.git.as_ref().map(|git| git as &dyn Git),
            toolchains: &self.toolchains,
            builder: &self.builder,
            bases: &self.bases,
            packager: &self.packager,
            publisher: &self.publishers,
            programs: &ProgramFolder,
            events: self.events,
            clock: &self.session.clock,
            cancellation: &self.session.cancellation,
        }
    }
}

fn module_settings(
    session: &Session,
    config: &Config,
    options: &RunOptions,
) -> Result<ModuleSettings, BuildError> {
    let host = &session.host;
    let file = disk::read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
    let settings = ModuleSettings::resolve(&host.environment, &config.modules, &file)
        .map_err(|error| BuildError::new(Phase::Config, "GOPROXY", error))?;
    Ok(if options.offline {
        settings.offline()
    } else {
        settings
    })
}

fn builder_settings(
    session: &Session,
    project: &Project,
    shelves: &Shelves,
    modules: ModuleSettings,
    jobs: NonZeroUsize,
) -> Result<GoBuilderSettings, BuildError> {
    let host = &session.host;
    let cache = shelves.cache.path().to_owned();
    let file = disk::read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
    Ok(GoBuilderSettings {
        environment: host.environment.clone(),
        folders: GoFolders::resolve(&host.environment, &file, &host.platform, &cache),
        modules,
        source_root: project.source.location.root.clone(),
        cache,
        jobs,
    })
}

fn client_settings(session: &Session, project: &Project, options: &RunOptions) -> Result<ClientSettings, BuildError> {
    let mut ca = BTreeMap::new();
    for (host, registry) in &project.config.registries {
        if let Some(file) = &registry.ca {
            ca.insert(
                host.clone(),
                disk::read_certificates(&project.source.folder.join(file))?,
            );
        }
    }
    Ok(ClientSettings {
        environment: session.host.environment.clone(),
        patience: project.config.network.timeout,
        network: if options.offline { Network::Offline } else { Network::Online },
        ca,
    })
}

fn registry_settings(session: &Session, project: &Project, jobs: NonZeroUsize) -> RegistrySettings {
    let config = &project.config;
    RegistrySettings {
        registries: config.registries.clone(),
        retry: RetryPolicy {
            retries: config.network.retries,
        },
        jobs,
        environment: session.host.environment.clone(),
        login_hosts: login_hosts(config),
    }
}

/// `CORACLE_USER` is for the registry that images go to; where none goes anywhere, for those that
/// bases come from.
fn login_hosts(config: &Config) -> BTreeSet<RegistryHost> {
    let images = || config.images.values().chain([&config.defaults]);
    let targets: BTreeSet<RegistryHost> = images()
        .filter_map(|image| image.repository.as_ref()?.host())
        .collect();
    if !targets.is_empty() {
        return targets;
    }
    images()
        .filter_map(|image| match &image.base {
            BaseChoice::Registry(reference) => Some(reference.repository().host().clone()),
            BaseChoice::Static | BaseChoice::Scratch => None,
        })
        .collect()
}
