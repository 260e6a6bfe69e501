//! `coracle dist`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use crate::config::PlatformChoice;
use crate::model::{BuildError, Platform};
use crate::pipeline::{self, DistOrder, PreparedDist};
use crate::plan::DistDescription;
use crate::report::{self, DistRows, write_dist_head, write_dist_row};

use super::options::BuildOptions;
use super::session::{Outcome, Session, print_data};
use super::telling::{Made, Telling, json};
use super::wiring::{MemoPlaces, Project, Shelves, World};

/// The time that one platform may take where no other is given.
const PLATFORM_LIMIT: Duration = Duration::from_mins(10);

/// What programs are made for where nothing is said.
const PLATFORMS: [&str; 4] = [
    "linux/amd64",
    "linux/arm64",
    "darwin/arm64",
    "windows/amd64",
];

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle dist                           # dist/NAME-OS-ARCH for the four usual platforms
  coracle dist ./cmd/tool --platform linux/amd64,freebsd/amd64 -o bin";

/// What help says of arguments that mean something else here than for images.
pub(super) const IMAGES_HELP: &str = "Programs to compile: those of images of coracle.toml, by their \
     names, or main package paths (./cmd/server, .)";
pub(super) const PLATFORM_HELP: &str = "Platforms to compile for, OS/ARCH[/VARIANT] separated by \
     commas, or all that Go can compile for without cgo; the default is linux/amd64, linux/arm64, \
     darwin/arm64 and windows/amd64";
pub(super) const TIMEOUT_HELP: &str = "The time that each platform may take, as in 90s or 10m; \
     without it 10m";

/// Flags of `coracle dist`.
#[derive(Debug, Args)]
pub(super) struct Dist {
    #[command(flatten)]
    options: BuildOptions,
    /// The folder that takes the programs
    #[arg(
        short,
        long,
        value_name = "DIR",
        default_value = "dist",
        allow_hyphen_values = true
    )]
    output: PathBuf,
}

impl Dist {
    /// Compiles the programs, and prints a row for each as it is ready.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let telling = Telling::start(session, &self.options);
        let made = self.make(session, &telling);
        telling.end(made, |_| String::new())
    }

    fn make(&self, session: &Session, telling: &Telling<'_>) -> Result<Made, Vec<BuildError>> {
        let one = |error| vec![error];
        let events = telling.sink();
        let project = Project::open(session, &self.options.project, &self.options.overrides())?;
        let shelves = Shelves::open(session, &project, &self.options.run, &events).map_err(one)?;
        let world = World::new(
            session,
            &project,
            &shelves,
            &self.options.run,
            MemoPlaces::default(),
            &events,
        )
        .map_err(one)?;
        let ports = world.ports();
        let order = DistOrder {
            platforms: &self.platforms(session, &project),
            folder: &project.folder().join(&self.output),
            time_limit: self
                .options
                .run
                .timeout
                .map_or(PLATFORM_LIMIT, |limit| limit.0),
        };
        let prepared =
            pipeline::prepare_dist(&ports, &world.request(&self.options.images), &order)?;
        if let Some(bundle) = world.bundle() {
            bundle.check_programs(&ports, &prepared).map_err(one)?;
        }
        if self.options.dry_run {
            return self.describe(&prepared).map(Made::Plan).map_err(one);
        }
        let jobs = self.options.run.jobs.unwrap_or(session.host.cores);
        let rows = rows(&prepared);
        let unprinted = Mutex::new(None);
        let row = |binary: &report::Binary| {
            if let Err(error) = self.print_row(binary, rows) {
                let mut unprinted = unprinted.lock().unwrap_or_else(PoisonError::into_inner);
                unprinted.get_or_insert(error);
            }
        };
        self.print_head().map_err(one)?;
        let outcome = pipeline::dist(&ports, &prepared, jobs, &row);
        world.trim_cache();
        let mut outcome = world.explain(outcome?, prepared.source());
        let unprinted = unprinted.into_inner();
        outcome
            .errors
            .extend(unprinted.unwrap_or_else(PoisonError::into_inner));
        Ok(Made::Outcome(outcome))
    }

    /// An empty list means all.
    fn platforms(&self, session: &Session, project: &Project) -> Vec<Platform> {
        let asked = self.options.platform.is_some()
            || session.host.environment.get("CORACLE_PLATFORM").is_some();
        match &project.config().defaults.platforms {
            PlatformChoice::All if asked => Vec::new(),
            PlatformChoice::Listed(platforms) if asked => platforms.clone(),
            _ => PLATFORMS
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
        }
    }

    fn describe(&self, prepared: &PreparedDist) -> Result<String, BuildError> {
        let description = DistDescription::new(&prepared.plan, &prepared.go);
        if self.options.run.json {
            json(&description)
        } else {
            Ok(description.to_string())
        }
    }

    fn print_head(&self) -> Result<(), BuildError> {
        if self.options.run.json {
            return Ok(());
        }
        let mut head = Vec::new();
        // Writing to memory cannot fail, here and below.
        let _ = write_dist_head(&mut head);
        print_data(&String::from_utf8_lossy(&head))
    }

    fn print_row(&self, binary: &report::Binary, rows: DistRows) -> Result<(), BuildError> {
        if self.options.run.json {
            return Ok(());
        }
        let mut row = Vec::new();
        let _ = write_dist_row(&mut row, binary, rows);
        print_data(&String::from_utf8_lossy(&row))
    }
}

/// Tells whether all rows are of one program.
fn rows(prepared: &PreparedDist) -> DistRows {
    let programs = prepared.plan.programs.iter();
    let packages: BTreeSet<_> = programs
        .map(|program| &program.target.main.import_path)
        .collect();
    if packages.len() > 1 {
        DistRows::OfSeveral
    } else {
        DistRows::OfOneProgram
    }
}
