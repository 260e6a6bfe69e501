//! All that is looked at before a build, and all who look.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::cache::CacheShelves;
use super::project::Settings;
use super::settings::{
    client_settings, environment, module_settings, registry_settings, toolchain_settings,
};
use super::{Shelves, Source};
use crate::adapters::disk::{self, DiskBlobPlaces, DiskProbe};
use crate::adapters::fetch::{Servers, Toolchains};
use crate::adapters::git::GitProbe;
use crate::adapters::http::{Client, Network, RetryPolicy};
use crate::adapters::registry::{Registered, Registries, RegistryBases, RegistryPublisher};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::compile::GoFolders;
use crate::doctor::Probing;
use crate::model::BuildError;
use crate::pipeline::{BuildFolder, DoctorPorts, DoctorProject, DoctorRequest};
use crate::ports::EventSink;
use crate::toolchain::{GoEnvFile, ModuleSettings, SettingOrigin, SettingWords};

/// How it is looked.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Looking {
    /// Whether anybody is asked.
    pub(in crate::cli) probing: Probing,
    /// How long an answer is waited for.
    pub(in crate::cli) patience: Duration,
}

/// The settings that are looked at, in the order in which they are shown.
const VARIABLES: [&str; 8] = [
    "GOPROXY",
    "GOPRIVATE",
    "GONOPROXY",
    "GOSUMDB",
    "GONOSUMDB",
    "GOINSECURE",
    "GOAUTH",
    "GOVCS",
];

/// What the go command heeds and coracle does not.
const UNHEEDED: [&str; 1] = ["GOFLAGS"];

/// Who looks, and at what.
struct Bedside<'a> {
    session: &'a Session,
    settings: Settings,
    source: Result<Source, BuildError>,
    modules: ModuleSettings,
    file: GoEnvFile,
    shelves: Shelves,
    client: Arc<Client>,
    looking: Looking,
    events: &'a dyn EventSink,
}

/// Reads what governs the folder that the user stands in, whether a project is there or not, and hands
/// all who look at it to `look`.
pub(in crate::cli) fn at_bedside<T>(
    session: &Session,
    options: &ProjectOptions,
    looking: Looking,
    events: &dyn EventSink,
    look: impl FnOnce(&DoctorRequest<'_>, &DoctorPorts<'_>) -> Result<T, BuildError>,
) -> Result<T, Vec<BuildError>> {
    let one = |error| vec![error];
    let settings = Settings::read(session, options)?;
    let bedside = Bedside::at(session, options, settings, looking, events).map_err(one)?;
    bedside.look(look).map_err(one)
}

impl<'a> Bedside<'a> {
    fn at(
        session: &'a Session,
        options: &ProjectOptions,
        settings: Settings,
        looking: Looking,
        events: &'a dyn EventSink,
    ) -> Result<Self, BuildError> {
        let Settings { config, root } = &settings;
        let host = &session.host;
        let network = match looking.probing {
            Probing::Asked => Network::Online,
            Probing::Offline => Network::Offline,
        };
        let file = GoEnvFile::path(&host.environment, &host.platform);
        let mut client = client_settings(session, config, root, network)?;
        client.patience = client.patience.min(looking.patience);
        Ok(Self {
            // What the settings are is shown also where nobody is asked.
            modules: module_settings(session, config, Network::Online)?,
            file: disk::read_go_env(file.as_deref())?,
            shelves: Shelves::of(session, config, root, network, events)?,
            client: Arc::new(Client::new(client, session.cancellation.clone())),
            source: Source::find(session, options),
            session,
            settings,
            looking,
            events,
        })
    }

    fn look<T>(
        &self,
        look: impl FnOnce(&DoctorRequest<'_>, &DoctorPorts<'_>) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let cancellation = &self.session.cancellation;
        let environment = environment(self.session, &self.settings.config);
        let git = GitProbe::new(&environment, self.looking.patience, cancellation.clone());
        let servers = Servers::new(
            &self.client,
            self.retry(),
            &environment,
            &self.modules,
            self.looking.patience,
            cancellation,
        );
        let registries = self.registries();
        let blobs = Arc::new(self.shelves.blobs.clone());
        let bases = RegistryBases::new(Arc::clone(&registries), blobs, self.events);
        let places = Arc::new(DiskBlobPlaces::new(self.shelves.cache.clone()));
        let publisher = RegistryPublisher::new(registries, places, self.events);
        let registered = Registered::new(publisher, &bases);
        let toolchains = Toolchains::new(
            toolchain_settings(
                self.session,
                &self.settings.config,
                &self.shelves,
                self.modules.clone(),
            ),
            &self.client,
            &self.shelves.heads,
            self.events,
            cancellation.clone(),
        );
        CacheShelves::of(&self.shelves.cache).with(|cache| {
            self.request(|request| {
                let ports = DoctorPorts {
                    servers: &servers,
                    repositories: &git,
                    machine: &DiskProbe,
                    registries: &registered,
                    toolchains: &toolchains,
                    cache,
                    events: self.events,
                    cancellation,
                };
                look(request, &ports)
            })
        })
    }

    fn request<T>(&self, then: impl FnOnce(&DoctorRequest<'_>) -> T) -> T {
        let host = &self.session.host;
        let config = &self.settings.config;
        let fallback = self.shelves.cache.workplace();
        let folders = GoFolders::resolve(&host.environment, &self.file, &host.platform, fallback);
        let words = VARIABLES
            .map(|name| SettingWords::of(name, &host.environment, &config.modules, &self.file));
        let unheeded = UNHEEDED
            .map(|name| SettingWords::of(name, &host.environment, &config.modules, &self.file));
        then(&DoctorRequest {
            config,
            project: self.project(),
            outside: self.source.as_ref().err(),
            modules: &self.modules,
            words: &words,
            unheeded: &unheeded,
            gotoolchain: self.gotoolchain(),
            environment: &host.environment,
            folders: &build_folders(self.shelves.cache.path(), &folders),
            module_cache: &folders.module_cache,
            platform: &host.platform,
            now: Session::now(),
            probing: self.looking.probing,
        })
    }

    fn project(&self) -> Option<DoctorProject<'_>> {
        let source = self.source.as_ref().ok()?;
        Some(DoctorProject {
            tree: &source.tree,
            project: &source.location.project,
            root: &source.location.root,
        })
    }

    fn gotoolchain(&self) -> Option<(&str, SettingOrigin)> {
        const NAME: &str = "GOTOOLCHAIN";
        let environment = self.session.host.environment.get_str(NAME);
        let environment = environment.map(|value| (value, SettingOrigin::Environment));
        let written = || Some((self.file.get(NAME)?, SettingOrigin::GoEnv));
        environment.or_else(written)
    }

    fn registries(&self) -> Arc<Registries> {
        let session = self.session;
        let mut settings = registry_settings(session, &self.settings.config, session.host.cores);
        settings.retry = self.retry();
        let client = Arc::clone(&self.client);
        Registries::new(client, settings, session.cancellation.clone())
    }

    /// What is down is told soon.
    fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            retries: self.settings.config.network.retries.min(1),
        }
    }
}

fn build_folders(cache: &Path, go: &GoFolders) -> [BuildFolder; 3] {
    [
        BuildFolder {
            purpose: "cache folder",
            path: cache.to_owned(),
            may_be_read_only: true,
            variable: "CORACLE_CACHE",
        },
        BuildFolder {
            purpose: "build cache",
            path: go.build_cache.clone(),
            may_be_read_only: false,
            variable: "GOCACHE",
        },
        BuildFolder {
            purpose: "module cache",
            path: go.module_cache.clone(),
            may_be_read_only: false,
            variable: "GOMODCACHE",
        },
    ]
}
