//! What a build stands on, looked at all at once.

mod database;
mod go;
mod machine;
mod modules;
mod proxies;
mod registries;
mod repositories;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use self::modules::Probed;
use super::Cache;
use crate::config::Config;
use crate::doctor::{
    Area, Diagnosis, Finding, FolderState, GitRules, ModuleWay, Probing, ShownSetting, Suspect,
    Way, judge_clock, judge_leaks, judge_settings, judge_sums, judge_vendoring, shown_value,
};
use crate::facts::{ModuleNeeds, Project, Sum, Supply};
use crate::model::{
    BuildError, Cancellation, Environment, GoVersion, ModulePath, Phase, Platform, Timestamp, Work,
    crew,
};
use crate::ports::{
    EventSink, MachineProbe, Progress, RegistryProbe, RepositoryProbe, ServerProbe, SourceTree,
    ToolchainSource,
};
use crate::toolchain::{GoSum, ModuleSettings, SettingOrigin, SettingWords};

/// How many are asked at once: all of them wait for others, and none for this machine.
const AT_ONCE: usize = 16;

/// What is to be looked at.
#[derive(Clone, Copy)]
pub struct DoctorRequest<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The project; nothing where the user stands in none.
    pub project: Option<DoctorProject<'a>>,
    /// Why they do not.
    pub outside: Option<&'a BuildError>,
    /// How modules are reached and verified.
    pub modules: &'a ModuleSettings,
    /// Who has set what of that.
    pub words: &'a [SettingWords],
    /// Who has set what nobody heeds.
    pub unheeded: &'a [SettingWords],
    /// GOTOOLCHAIN, where it is set.
    pub gotoolchain: Option<(&'a str, SettingOrigin)>,
    /// The environment that coracle was started in.
    pub environment: &'a Environment,
    /// Folders that a build writes to.
    pub folders: &'a [BuildFolder],
    /// Go's module cache.
    pub module_cache: &'a Path,
    /// What the machine runs.
    pub platform: &'a Platform,
    /// What the machine's clock shows.
    pub now: Timestamp,
    /// Whether anybody may be asked.
    pub probing: Probing,
}

/// The project that is looked at.
#[derive(Clone, Copy)]
pub struct DoctorProject<'a> {
    /// Its source.
    pub tree: &'a dyn SourceTree,
    /// Its place in it.
    pub project: &'a Project,
    /// Where the source is on the disk.
    pub root: &'a Path,
}

/// A folder that a build writes to.
#[derive(Debug, Clone)]
pub struct BuildFolder {
    /// What it is for.
    pub purpose: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Whether a build can do without writing there.
    pub may_be_read_only: bool,
    /// The variable that names another.
    pub variable: &'static str,
}

/// The world, as far as it is looked at.
#[derive(Clone, Copy)]
pub struct DoctorPorts<'a> {
    /// Module proxies and the checksum database.
    pub servers: &'a dyn ServerProbe,
    /// git.
    pub repositories: &'a dyn RepositoryProbe,
    /// Folders.
    pub machine: &'a dyn MachineProbe,
    /// Registries.
    pub registries: &'a dyn RegistryProbe,
    /// Go itself.
    pub toolchains: &'a dyn ToolchainSource,
    /// What is kept from run to run.
    pub cache: Cache<'a>,
    /// Who listens.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// Looks at all that a build stands on. What cannot be looked at is a finding.
///
/// # Errors
/// When the run is told to stop.
pub fn doctor(
    request: &DoctorRequest<'_>,
    ports: &DoctorPorts<'_>,
) -> Result<Diagnosis, BuildError> {
    let mut findings = judge_settings(request.modules, request.words, request.unheeded);
    let needs = needs_of(request, &mut findings);
    let (git, git_findings) = machine::git(ports);
    findings.extend(git_findings);
    let go = go::look(request, ports, &mut findings);
    let visit = Visit {
        request,
        ports,
        needs: &needs,
        git,
        clocks: Mutex::default(),
        sample: proxies::Sample::of(request, &needs, go.as_ref().map(|go| &go.version)),
        awaited: go
            .as_ref()
            .filter(|go| !go.shown.is_here)
            .map(|go| go.version.clone()),
        silent: Mutex::default(),
    };
    let jobs = visit.jobs();
    let results = crew::all(AT_ONCE, &jobs, |job| visit.run(job));
    if let Some(reason) = ports.cancellation.reason() {
        return Err(reason.to_error());
    }
    let (mut modules, mut addresses) = (Vec::new(), BTreeMap::new());
    for result in results {
        match result {
            Outcome::Findings(found) => findings.extend(found),
            Outcome::Module(probed) => modules.push(*probed),
            Outcome::Host(host, found) => drop(addresses.insert(host, found)),
        }
    }
    findings.extend(visit.clock());
    findings.extend(visit.sums(&modules));
    findings.extend(leaks(request, &needs, &modules, &addresses));
    findings.sort_by_key(|finding| finding.area);
    Ok(Diagnosis {
        probing: request.probing,
        go: go.map(|go| go.shown),
        settings: settings(request),
        modules: modules.into_iter().map(|probed| probed.module).collect(),
        findings,
    })
}

fn needs_of(request: &DoctorRequest<'_>, findings: &mut Vec<Finding>) -> ModuleNeeds {
    let Some(project) = &request.project else {
        findings.extend(request.outside.map(|error| {
            let finding = Finding::note(Area::Modules, "project", error.in_one_line());
            finding.because("there are no modules to look at: what is on the machine is")
        }));
        return ModuleNeeds::default();
    };
    match ModuleNeeds::of(project.tree, project.project, GoSum::parse) {
        Ok(needs) => {
            findings.extend(judge_vendoring(&needs.vendoring));
            needs
        }
        Err(error) => {
            findings.push(Finding::of_error(Area::Modules, &error.target, &error));
            ModuleNeeds::default()
        }
    }
}

fn settings(request: &DoctorRequest<'_>) -> Vec<ShownSetting> {
    let variables = request.modules.to_variables();
    let words = request.words.iter();
    words
        .filter_map(|word| {
            Some(ShownSetting {
                name: word.name,
                value: shown_value(word.name, variables.get(word.name)?),
                origin: word.origin,
            })
        })
        .collect()
}

fn leaks(
    request: &DoctorRequest<'_>,
    needs: &ModuleNeeds,
    modules: &[Probed],
    addresses: &BTreeMap<String, Vec<IpAddr>>,
) -> Vec<Finding> {
    let suspects: Vec<Suspect<'_>> = needs
        .modules
        .iter()
        .zip(modules)
        .filter_map(|(module, probed)| match &module.supply {
            Supply::Folder { .. } => None,
            Supply::Module { path, sum, .. } => Some(Suspect {
                path: path.as_str(),
                sum: *sum,
                way: &probed.module.way,
                only_git: probed.only_git,
                from: probed.module.from.as_deref(),
                addresses: addresses.get(path.domain()).map_or(&[], Vec::as_slice),
            }),
        })
        .collect();
    judge_leaks(
        &suspects,
        request.modules,
        &request.config.modules,
        request.environment,
    )
}

/// What is done beside all else.
enum Job<'a> {
    /// A module of the build is had.
    Module(&'a crate::facts::NeededModule, ModuleWay),
    /// The host of modules is found.
    Host(&'a str),
    /// A release of Go is looked for.
    Release(GoVersion),
    /// A proxy is asked.
    Proxy(&'a crate::toolchain::Proxy),
    /// The checksum database is asked.
    Database,
    /// A registry is asked for leave to push.
    Push(crate::model::Repository),
    /// A base is had.
    Base(crate::model::Reference),
    /// A folder is looked at.
    Folder(&'a BuildFolder),
    /// Some of what is kept is read.
    Cache,
}

/// What came of a job.
enum Outcome {
    Findings(Vec<Finding>),
    Module(Box<Probed>),
    Host(String, Vec<IpAddr>),
}

/// One look at everything.
struct Visit<'a> {
    request: &'a DoctorRequest<'a>,
    ports: &'a DoctorPorts<'a>,
    needs: &'a ModuleNeeds,
    git: GitRules,
    /// What servers said of the time.
    clocks: Mutex<Vec<(String, Timestamp)>>,
    sample: proxies::Sample,
    /// The release of Go that is still to be fetched.
    awaited: Option<GoVersion>,
    /// Proxies that did not answer, each with how often, and what was wrong.
    silent: Mutex<BTreeMap<String, (usize, String)>>,
}

impl<'a> Visit<'a> {
    /// Modules first and in their order; of all else, what takes longest.
    fn jobs(&self) -> Vec<Job<'a>> {
        let modules = self.needs.modules.iter();
        let mut jobs: Vec<Job<'a>> = modules
            .map(|module| Job::Module(module, self.way(module)))
            .collect();
        if self.request.probing == Probing::Asked {
            jobs.extend(self.awaited.iter().cloned().map(Job::Release));
            jobs.extend(self.heard_of().into_iter().map(Job::Host));
            jobs.extend(proxies::all(self.request.modules).map(Job::Proxy));
            jobs.push(Job::Database);
            let (repositories, bases) = registries::all(self.request.config);
            jobs.extend(repositories.into_iter().map(Job::Push));
            jobs.extend(bases.into_iter().map(Job::Base));
        }
        jobs.extend(self.request.folders.iter().map(Job::Folder));
        jobs.push(Job::Cache);
        jobs
    }

    /// Returns the hosts of modules that others may hear of.
    fn heard_of(&self) -> BTreeSet<&'a str> {
        let settings = self.request.modules;
        let modules = self.needs.modules.iter();
        let paths = modules.filter_map(|module| match &module.supply {
            Supply::Module { path, .. } => Some(path),
            Supply::Folder { .. } => None,
        });
        let is_told = |path: &&ModulePath| {
            settings.past_proxies(path.as_str()).is_none()
                || settings.past_database(path.as_str()).is_none()
        };
        paths.filter(is_told).map(ModulePath::domain).collect()
    }

    fn run(&self, job: &Job<'_>) -> Outcome {
        if self.ports.cancellation.is_stopped() {
            return Outcome::Findings(Vec::new());
        }
        let finding = match job {
            Job::Module(module, way) => {
                return Outcome::Module(Box::new(self.module(module, way)));
            }
            Job::Host(host) => {
                let found = self.ports.servers.addresses(host);
                return Outcome::Host((*host).to_owned(), found);
            }
            Job::Release(version) => self.release(version),
            Job::Proxy(proxy) => self.proxy(proxy),
            Job::Database => self.database(),
            Job::Push(repository) => self.push(repository),
            Job::Base(reference) => self.base(reference),
            Job::Folder(folder) => self.folder(folder),
            Job::Cache => machine::cache(self.ports),
        };
        Outcome::Findings(vec![finding])
    }

    fn progress(&self, subject: impl std::fmt::Display) -> Progress<'a> {
        let work = Work::new(Phase::Doctor, subject.to_string());
        Progress::start(self.ports.events, work, None)
    }

    fn folder(&self, folder: &BuildFolder) -> Finding {
        let machine = self.ports.machine;
        crate::doctor::judge_folder(&FolderState {
            purpose: folder.purpose,
            path: folder.path.display().to_string(),
            free_bytes: machine.free_bytes(&folder.path),
            takes_files: machine.takes_files(&folder.path),
            may_be_read_only: folder.may_be_read_only,
            variable: folder.variable,
        })
    }

    /// Names the modules that come from elsewhere and that go.sum does not know.
    fn sums(&self, modules: &[Probed]) -> Option<Finding> {
        let with_ways = self.needs.modules.iter().zip(modules);
        let missing = with_ways.filter_map(|(module, probed)| match &module.supply {
            Supply::Module {
                path, version, sum, ..
            } if *sum == Sum::Missing && probed.module.way != Way::Vendor => {
                Some(format!("{path}@{version}"))
            }
            _ => None,
        });
        judge_sums(&missing.collect::<Vec<_>>())
    }

    fn note_clock(&self, server: &str, date: Option<Timestamp>) {
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.extend(date.map(|date| (server.to_owned(), date)));
    }

    /// Compares the machine's clock with the one that is nearest to it: of many one may be wrong.
    fn clock(&self) -> Option<Finding> {
        let clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.request.now;
        let off = |date: &Timestamp| now.seconds().abs_diff(date.seconds());
        let (server, date) = clocks.iter().min_by_key(|(_, date)| off(date))?;
        Some(judge_clock(now, server, *date))
    }
}
