//! The history of runs, and what is wanted of them.

use std::path::PathBuf;
use std::sync::Arc;

use super::World;
use super::project::{Project, Source};
use super::settings::{client_settings, registry_settings};
pub(in crate::cli) use crate::adapters::disk::write_page;
use crate::adapters::disk::{CacheFolder, DiskBlobPlaces, DiskHistory};
use crate::adapters::http::{Client, Network};
use crate::adapters::registry::{Registries, RegistryHistory, RegistryPublisher};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::config::{Config, Overrides, SloConfig};
use crate::facts;
use crate::model::{BuildError, ExitCode, Repository};
use crate::ports::{HistoryShelf, SharedHistory};
use crate::report::{FanOut, Rules, RunFacts};

/// The history, seen from a project.
pub(in crate::cli) struct History {
    shelf: DiskHistory,
    /// What the project is called there.
    pub(in crate::cli) project: String,
    /// What is wanted of its builds.
    pub(in crate::cli) slo: SloConfig,
    /// Whether a run looks at rules that sends something to a registry.
    pub(in crate::cli) rules: Rules,
    sharing: Option<Sharing>,
}

/// All that is needed to share it.
struct Sharing {
    registry: Repository,
    config: Config,
    /// The folder that coracle.toml's paths start from.
    root: PathBuf,
    cache: CacheFolder,
}

impl History {
    /// Opens the history for `report`.
    ///
    /// # Errors
    /// When there is no project, its configuration is wrong, or no variable tells where the cache is.
    pub(in crate::cli) fn open(
        session: &Session,
        options: &ProjectOptions,
        overrides: &Overrides,
    ) -> Result<Self, Vec<BuildError>> {
        let project = Project::open(session, options, overrides)?;
        Self::of_project(session, &project).map_err(|error| vec![error])
    }

    /// Returns the history of a project that is open.
    ///
    /// # Errors
    /// When no variable tells where the cache is.
    pub(in crate::cli) fn of_project(
        session: &Session,
        project: &Project,
    ) -> Result<Self, BuildError> {
        let cache = CacheFolder::find(&session.host)?;
        Ok(Self::of(&project.source, Some(&project.config), cache))
    }

    /// Finds the history for a run that ended before its project was open; where there is no project, nothing is
    /// known of it. A configuration that is wrong was told of before.
    pub(in crate::cli) fn find(
        session: &Session,
        options: &ProjectOptions,
        overrides: &Overrides,
    ) -> Option<Self> {
        let cache = CacheFolder::find(&session.host).ok()?;
        if let Ok(project) = Project::open(session, options, overrides) {
            return Some(Self::of(&project.source, Some(&project.config), cache));
        }
        let source = Source::find(session, options).ok()?;
        Some(Self::of(&source, None, cache))
    }

    fn of(source: &Source, config: Option<&Config>, cache: CacheFolder) -> Self {
        let location = &source.location;
        let folder = location.root.file_name().unwrap_or_default();
        let project = facts::project_name(&source.tree, &location.project);
        let is_judged = config.is_some_and(|config| config.policy.is_some());
        let sharing = config.and_then(|config| {
            Some(Sharing {
                registry: config.history.registry.clone()?,
                config: config.clone(),
                root: location.root.join(location.project.folder.as_str()),
                cache: cache.clone(),
            })
        });
        Self {
            sharing,
            shelf: DiskHistory::new(cache),
            project: project.unwrap_or_else(|| folder.to_string_lossy().into_owned()),
            slo: config.map(|config| config.slo.clone()).unwrap_or_default(),
            rules: if is_judged {
                Rules::Judged
            } else {
                Rules::Unasked
            },
        }
    }

    /// Returns what is known of each run that ends with `exit_code`.
    pub(in crate::cli) fn facts(&self, session: &Session, exit_code: ExitCode) -> RunFacts {
        RunFacts {
            project: self.project.clone(),
            verb: session.verb.to_owned(),
            ended: Session::now(),
            exit_code,
            phases: Vec::new(),
            layers: None,
            programs: Vec::new(),
            traffic: session.traffic.clone(),
            rules: Rules::Unasked,
        }
    }

    /// Does something with the history that others share; nothing where the project shares none.
    pub(in crate::cli) fn with_shared<T>(
        &self,
        session: &Session,
        work: impl FnOnce(&dyn SharedHistory) -> Result<T, BuildError>,
    ) -> Option<Result<T, BuildError>> {
        let sharing = self.sharing.as_ref()?;
        Some(sharing.with(session, work))
    }

    /// Returns where it is kept.
    pub(in crate::cli) fn shelf(&self) -> &dyn HistoryShelf {
        &self.shelf
    }
}

impl Sharing {
    fn with<T>(
        &self,
        session: &Session,
        work: impl FnOnce(&dyn SharedHistory) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let Self { config, root, .. } = self;
        let settings = client_settings(session, config, root, Network::Online)?;
        let cancellation = &session.cancellation;
        let registries = Registries::new(
            Arc::new(Client::new(settings, cancellation.clone())),
            registry_settings(session, config, session.host.cores),
            cancellation.clone(),
        );
        let places = Arc::new(DiskBlobPlaces::new(self.cache.clone()));
        let silence = FanOut::new(Vec::new());
        let publisher = RegistryPublisher::new(registries, places, &silence);
        let shared = RegistryHistory::new(Arc::new(publisher), self.registry.clone());
        work(&shared)
    }
}

impl World<'_> {
    /// Returns the history of the project.
    pub(in crate::cli) fn history(&self) -> History {
        let Project { source, config, .. } = self.project;
        History::of(source, Some(config), self.cache.clone())
    }
}
