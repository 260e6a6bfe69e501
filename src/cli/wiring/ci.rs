//! What the stages of a pipeline touch.

use std::path::{Path, PathBuf};

use super::settings::client_settings;
use super::{Project, git, settings};
use crate::adapters::deploying::{Alerts, Runner};
use crate::adapters::disk::{self, CacheFolder, DiskVerdictShelf};
use crate::adapters::git::GitProgram;
use crate::adapters::http::Network;
use crate::adapters::process::find_program;
use crate::adapters::stage_commands::{StageCommands, StageSettings};
use crate::cli::session::Session;
use crate::compile::GoFolders;
use crate::config::{AlertConfig, CiEvent, Extra};
use crate::facts::{self, LINTER_FILES};
use crate::model::{BuildError, Environment, SourcePath};
use crate::pipeline::{self, CiGround, CiPorts, ConfigFile, SinceRequest, SourcePlace};
use crate::plan::Standpoint;
use crate::ports::{EventSink, Git};
use crate::report::CiDocument;
use crate::stages::Machine;
use crate::toolchain::GoEnvFile;

/// C compilers, as they are called.
const COMPILERS: [&str; 3] = ["gcc", "clang", "cc"];

/// All adapters of a pipeline.
pub(in crate::cli) struct CiWorld<'a> {
    session: &'a Session,
    project: &'a Project,
    git: Option<GitProgram>,
    commands: StageCommands,
    passed: DiskVerdictShelf,
    environment: Environment,
    caches: Vec<SourcePath>,
}

impl<'a> CiWorld<'a> {
    /// Makes the adapters; `coracle` is the program that runs, given `arguments` wherever a stage starts it.
    ///
    /// # Errors
    /// When there is no place for the cache.
    pub(in crate::cli) fn new(
        session: &'a Session,
        project: &'a Project,
        coracle: PathBuf,
        arguments: Vec<String>,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let cache = CacheFolder::open(&session.host, events)?;
        let environment = settings::environment(session, &project.config);
        let settings = StageSettings {
            coracle,
            own: session.host.environment.clone(),
            others: environment.clone(),
            folder: project.root(),
            settings_files: settings_files(session, project),
            arguments,
        };
        let caches = caches_in_source(session, project, cache.path())?;
        Ok(Self {
            session,
            project,
            git: git(session, project),
            caches,
            commands: StageCommands::new(settings, session.cancellation.clone()),
            passed: DiskVerdictShelf::new(cache),
            environment,
        })
    }

    /// Returns what stages find on this machine.
    pub(in crate::cli) fn machine(&self) -> Machine {
        let there = |name: &str| Extra::from(find_program(&self.environment, name).is_some());
        let named = self
            .environment
            .get_str("CC")
            .map(|it| it.split(' ').next().unwrap_or(it));
        let no_cgo = self.environment.get_str("CGO_ENABLED") == Some("0");
        let compilers = named
            .into_iter()
            .chain(COMPILERS.into_iter().filter(|_| named.is_none()));
        let has_compiler = !no_cgo && compilers.map(there).any(Extra::is_wanted);
        Machine {
            linter: there("golangci-lint"),
            compiler: Extra::from(has_compiler),
        }
    }

    /// Tells whether the machine has a Go.
    pub(in crate::cli) fn has_go(&self) -> bool {
        find_program(&self.environment, "go").is_some()
    }

    /// Lets stages find the programs of one more folder.
    ///
    /// # Errors
    /// When the folder's name cannot stand in PATH.
    pub(in crate::cli) fn find_also_in(&mut self, folder: &Path) -> Result<(), BuildError> {
        self.commands.find_also_in(folder)
    }

    /// Tells people of what failed, and returns why they could not be told; `events` hears their programs.
    pub(in crate::cli) fn alert(
        &self,
        alert: &AlertConfig,
        event: CiEvent,
        document: &CiDocument,
        events: &dyn EventSink,
    ) -> Vec<String> {
        let (session, project) = (self.session, self.project);
        let root = project.root();
        let settings = match client_settings(session, &project.config, &root, Network::Online) {
            Ok(settings) => settings,
            Err(error) => return vec![error.in_one_line()],
        };
        let location = &project.source.location;
        let name = facts::project_name(&project.source.tree, &location.project);
        let name = name.unwrap_or_else(|| location.root.display().to_string());
        let alarm = Alerts {
            runner: Runner {
                environment: self.environment.clone(),
                root,
                events,
                cancellation: session.cancellation.clone(),
                name: event.as_str().to_owned(),
            },
            settings,
            secrets: session.host.environment.clone(),
            variable: "CORACLE_EVENT",
        };
        pipeline::alert(&alarm, alert, &name, document)
    }

    /// Returns where the source lies.
    pub(in crate::cli) fn ground(&self) -> CiGround<'_> {
        let location = &self.project.source.location;
        let repository = location.repository.as_ref();
        CiGround {
            root: &location.root,
            project: &location.project,
            place: SourcePlace::new(repository.map(|it| it.roots.clone())),
        }
    }

    /// Returns the folder of coracle.toml, in the source.
    pub(in crate::cli) fn folder(&self) -> &SourcePath {
        &self.project.source.location.project.folder
    }

    /// Returns the folders in the source that hold caches.
    pub(in crate::cli) fn caches(&self) -> &[SourcePath] {
        &self.caches
    }

    /// Returns what is asked where only the change since a commit counts.
    pub(in crate::cli) fn since<'r>(&'r self, since: &'r str) -> SinceRequest<'r> {
        let Project { source, config, .. } = self.project;
        let location = &source.location;
        let config_file = location.config_file.as_ref();
        SinceRequest {
            since,
            config,
            config_file: config_file.map_or(ConfigFile::None, |file| {
                let in_source = file.strip_prefix(&location.root).ok();
                let path = in_source.and_then(|path| path.to_str()?.parse().ok());
                path.map_or(ConfigFile::Elsewhere, ConfigFile::InSource)
            }),
            project: &location.project,
            standpoint: Standpoint {
                start: &location.start,
                verb: self.session.verb,
            },
            caches: &self.caches,
        }
    }

    /// Returns the world as the pipeline sees it.
    pub(in crate::cli) fn ports(&self) -> CiPorts<'_> {
        CiPorts {
            source: &self.project.source.tree,
            git: self.git.as_ref().map(|git| git as &dyn Git),
            runner: &self.commands,
            passed: &self.passed,
            clock: &self.session.clock,
            cancellation: &self.session.cancellation,
        }
    }
}

/// Returns where Go and its linter may find settings, inside of the source and out of it.
fn settings_files(session: &Session, project: &Project) -> Vec<PathBuf> {
    let host = &session.host;
    let folder = project.root();
    let folders = folder.ancestors().map(Path::to_owned);
    let of_linter = folders
        .chain(host.environment.home())
        .flat_map(|folder| LINTER_FILES.map(|name| folder.join(name)));
    GoEnvFile::path(&host.environment, &host.platform)
        .into_iter()
        .chain(of_linter)
        .collect()
}

/// Returns those of coracle's and Go's caches that lie in the source, as they must on some CI systems.
fn caches_in_source(
    session: &Session,
    project: &Project,
    cache: &Path,
) -> Result<Vec<SourcePath>, BuildError> {
    let host = &session.host;
    let file = disk::read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
    let go = GoFolders::resolve(&host.environment, &file, &host.platform, cache);
    let folders = [cache, &go.build_cache, &go.module_cache];
    let in_source = folders
        .into_iter()
        .filter_map(|folder| folder.strip_prefix(&project.source.location.root).ok());
    // One that is no path of a source is none that is walked.
    let paths = in_source.filter_map(|folder| folder.to_str()?.parse().ok());
    Ok(paths.collect())
}
