//! `coracle toolchain`.

use clap::{Args, Subcommand};

use crate::facts::GoRequest;
use crate::model::{BuildError, ExitCode, GoVersion, Phase};
use crate::pipeline::Releases;
use crate::report::write_toolchains;
use crate::toolchain::{self, Choice};

use super::document_form::DocumentForm;
use super::options::{ProjectOptions, RunOptions};
use super::session::{Outcome, Session, print_data};
use super::wiring::GoHome;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle toolchain list
  coracle toolchain install               # what the project is built with
  coracle toolchain path                  # its go program is at bin/go in there
  coracle toolchain pin 1.26.8";

const LIST_EXAMPLES: &str = "\
Examples:
  coracle toolchain list
  coracle toolchain list --json";

const INSTALL_EXAMPLES: &str = "\
Examples:
  coracle toolchain install               # what the project is built with
  coracle toolchain install 1.25.1 1.26.8";

const PATH_EXAMPLES: &str = "\
Examples:
  coracle toolchain path                  # the go program is at bin/go in there
  coracle toolchain path 1.26.8";

const PIN_EXAMPLES: &str = "\
Examples:
  coracle toolchain pin                   # what the project is built with now
  coracle toolchain pin 1.26.8";

/// Flags of `coracle toolchain`.
#[derive(Debug, Args)]
pub(super) struct Toolchain {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the releases of Go on this machine, and tell which one the project is built with
    #[command(after_help = LIST_EXAMPLES)]
    List(List),
    /// Fetch releases of Go that this machine does not have, verified, and print where each is: its
    /// GOROOT
    #[command(after_help = INSTALL_EXAMPLES)]
    Install(Install),
    /// Print where a release of Go is on this machine: its GOROOT
    #[command(after_help = PATH_EXAMPLES)]
    Path(Path),
    /// Write the release into .go-version, so that every machine builds with it
    #[command(after_help = PIN_EXAMPLES)]
    Pin(Pin),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    project: ProjectOptions,
    #[command(flatten)]
    form: DocumentForm,
}

#[derive(Debug, Args)]
struct Install {
    /// Releases, as in 1.26.8; the default is the one that the project is built with
    versions: Vec<GoVersion>,
    #[command(flatten)]
    project: ProjectOptions,
}

#[derive(Debug, Args)]
struct Path {
    /// The release, as in 1.26.8; the default is the one that the project is built with
    version: Option<GoVersion>,
    #[command(flatten)]
    project: ProjectOptions,
}

#[derive(Debug, Args)]
struct Pin {
    /// The release, as in 1.26.8; the default is the one that the project is built with now
    version: Option<GoVersion>,
    #[command(flatten)]
    project: ProjectOptions,
    /// Use nothing but what is on this machine
    #[arg(long)]
    offline: bool,
}

impl Toolchain {
    /// Returns what is typed for it.
    pub(super) fn name(&self) -> &'static str {
        match self.action {
            Action::List(_) => "toolchain list",
            Action::Install(_) => "toolchain install",
            Action::Path(_) => "toolchain path",
            Action::Pin(_) => "toolchain pin",
        }
    }

    /// Does what is asked of the releases of Go.
    pub(super) fn run(self, session: &Session) -> Outcome {
        match self.action {
            Action::List(list) => list.run(session),
            Action::Install(install) => install.run(session),
            Action::Path(path) => path.run(session),
            Action::Pin(pin) => pin.run(session),
        }
    }
}

impl List {
    fn run(&self, session: &Session) -> Outcome {
        at_home(session, &self.project, &offline(), |home, releases| {
            let chosen = match home.project() {
                Ok(project) => {
                    let request = project.go_request();
                    let choice = request.and_then(|it| releases.choose(home.config(), &it, None));
                    choice.map_err(|error| releases.warn(&error)).ok()
                }
                // Outside of a project nothing is chosen.
                Err(_) => None,
            };
            let list = releases.list(chosen.as_ref())?;
            self.form.print(&list, |to| write_toolchains(to, &list))
        })
    }
}

impl Install {
    fn run(&self, session: &Session) -> Outcome {
        let run = RunOptions::default();
        let failed = at_home(session, &self.project, &run, |home, releases| {
            let mut failed = Vec::new();
            if self.versions.is_empty() {
                failed.extend(install(home, releases, None).err());
            }
            for version in &self.versions {
                failed.extend(install(home, releases, Some(version)).err());
            }
            Ok(failed)
        })?;
        if failed.is_empty() {
            Ok(ExitCode::Done)
        } else {
            Err(failed)
        }
    }
}

/// Each is printed as soon as it is there: what fails later loses nothing of it.
fn install(
    home: &GoHome<'_>,
    releases: &Releases<'_>,
    version: Option<&GoVersion>,
) -> Result<(), BuildError> {
    let choice = choose(home, releases, version)?;
    if let Err(error) = home.must_keep()
        && releases.find(&choice).is_err()
    {
        return Err(error);
    }
    print_root(&releases.install(&choice)?)
}

fn print_root(toolchain: &toolchain::Toolchain) -> Result<(), BuildError> {
    print_data(&format!("{}\n", toolchain.root.display()))
}

impl Path {
    fn run(&self, session: &Session) -> Outcome {
        at_home(session, &self.project, &offline(), |home, releases| {
            let named = self.version.as_ref();
            let choice = choose(home, releases, named).map_err(|error| match home.project() {
                Ok(_) => error,
                Err(_) => error.hint(
                    "or name a release: coracle toolchain path VERSION   # these are here: coracle toolchain list",
                ),
            })?;
            print_root(&releases.find(&choice)?)
        })?;
        Ok(ExitCode::Done)
    }
}

impl Pin {
    fn run(&self, session: &Session) -> Outcome {
        let run = RunOptions {
            offline: self.offline,
            ..RunOptions::default()
        };
        let said = at_home(session, &self.project, &run, |home, releases| {
            let project = home.project()?;
            let request = match self.version {
                // A .go-version that is wrong is about to be mended.
                Some(_) => project.go_request_of_modules()?,
                None => project.go_request()?,
            };
            let choice = releases.choose(home.config(), &request, self.version.as_ref())?;
            let choice = Choice {
                hint: None,
                ..choice
            };
            let version = &choice.version;
            if let Some(configured) = &home.config().version {
                return pinned_already(configured, version);
            }
            // What nobody can have is not pinned.
            releases.install(&choice)?;
            let file = project.pin(version)?;
            Ok(format!("{} names Go {version} now", file.path))
        })?;
        session.say(&said);
        Ok(ExitCode::Done)
    }
}

/// `[go] version` goes before all files.
fn pinned_already(configured: &GoVersion, version: &GoVersion) -> Result<String, BuildError> {
    if configured.to_release() == *version {
        return Ok(format!("[go] version in coracle.toml names Go {version}"));
    }
    let message =
        format!("[go] version in coracle.toml names Go {configured}, and goes before .go-version");
    Err(BuildError::new(Phase::Config, "", message)
        .exit(ExitCode::Usage)
        .hint(format!("write version = \"{version}\" there, or remove it")))
}

/// Decides which Go is meant: the one named, or that of the project.
pub(super) fn choose(
    home: &GoHome<'_>,
    releases: &Releases<'_>,
    named: Option<&GoVersion>,
) -> Result<Choice, BuildError> {
    let request = match named {
        Some(_) => GoRequest::default(),
        None => home.project()?.go_request()?,
    };
    releases.choose(home.config(), &request, named)
}

fn at_home<T>(
    session: &Session,
    project: &ProjectOptions,
    run: &RunOptions,
    then: impl FnOnce(&GoHome<'_>, &Releases<'_>) -> Result<T, BuildError>,
) -> Result<T, Vec<BuildError>> {
    let one = |error| vec![error];
    let events = session.talker();
    let home = GoHome::open(session, project, run, &*events)?;
    let toolchains = home.toolchains().map_err(one)?;
    let releases = Releases {
        toolchains: &toolchains,
        events: &*events,
    };
    then(&home, &releases).map_err(one)
}

fn offline() -> RunOptions {
    RunOptions {
        offline: true,
        ..RunOptions::default()
    }
}
