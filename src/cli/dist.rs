//! `coracle dist`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use crate::config::{Overrides, PlatformChoice};
use crate::model::{BuildError, Platform};
use crate::pipeline::{
    self, DistHelpers, DistOrder, DistRun, GateOrder, PreparedDist, ReleaseSink, Request,
};
use crate::plan::{DistDescription, DistForm};
use crate::ports::{EventSink, Packer};
use crate::report::{self, DistRows, Document, write_dist_head, write_dist_row};

use super::dist_options::DistOptions;
use super::options::BuildOptions;
use super::release_gate;
use super::session::{Outcome, Session};
use super::telling::{Made, Telling, json};
use super::wiring::{MemoPlaces, Project, Shelves, World, nobody_to_sign};

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
  coracle dist ./cmd/tool --platform linux/amd64,freebsd/amd64 -o bin
  coracle dist --archive tar.gz --sbom spdx --sign     # a release: dist/NAME_VERSION_OS_ARCH.tar.gz
  coracle dist --archive zip --push      # and as REPO:VERSION-dist, for oras pull";

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
    #[command(flatten)]
    release: DistOptions,
    /// The folder that takes the files
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
        telling.end(made, pushed)
    }

    fn make(&self, session: &Session, telling: &Telling<'_>) -> Result<Made, Vec<BuildError>> {
        let one = |error| vec![error];
        let events = telling.sink();
        let overrides = Overrides {
            repo: self.release.repository(),
            ..self.options.overrides()
        };
        let project = Project::open(session, &self.options.project, &overrides)?;
        telling.is_of(&project);
        project.tell(session);
        let shelves = Shelves::open(session, &project, &self.options.run, &events).map_err(one)?;
        let form = self.release.form(&project.config().dist);
        telling.is_pushed(form.pushed);
        let world = self.world(session, &project, &shelves, &form, &events);
        let world = world.map_err(one)?;
        let ports = world.ports();
        let request = world.request(&self.options.images);
        let limit = self.options.run.timeout;
        let order = DistOrder {
            platforms: &self.platforms(session, &project),
            folder: &project.folder().join(&self.output),
            named: &self.output,
            time_limit: limit.map_or(PLATFORM_LIMIT, |limit| limit.0),
            form: &form,
        };
        let prepared = pipeline::prepare_dist(&ports, &request, &order)?;
        if let Some(bundle) = world.bundle() {
            bundle.check_programs(&ports, &prepared).map_err(one)?;
        }
        if self.options.dry_run {
            return self.describe(&prepared).map(Made::Plan).map_err(one);
        }
        let outgoing = pipeline::outgoing_programs(&prepared);
        release_gate::ask(session, &world, &self.options.run, &outgoing)?;
        let outcome = self.compile(session, &world, &request, &prepared);
        world.trim_cache();
        let outcome = outcome?;
        Ok(Made::Outcome(world.explain(outcome, prepared.source())))
    }

    /// Puts adapters behind the ports; somebody signs where files are signed or pushed.
    fn world<'a>(
        &self,
        session: &'a Session,
        project: &'a Project,
        shelves: &'a Shelves,
        form: &DistForm,
        events: &'a dyn EventSink,
    ) -> Result<World<'a>, BuildError> {
        let (run, places) = (&self.options.run, MemoPlaces::default());
        let world = World::new(session, project, shelves, run, places, events)?;
        if !form.signed.is_wanted() && !form.pushed.is_wanted() {
            return Ok(world);
        }
        let world = world.sealing()?;
        if form.signed.is_wanted() && world.signer().is_none() {
            return Err(nobody_to_sign());
        }
        Ok(world)
    }

    fn compile(
        &self,
        session: &Session,
        world: &World<'_>,
        request: &Request<'_>,
        prepared: &PreparedDist,
    ) -> Result<pipeline::Outcome, Vec<BuildError>> {
        let one = |error| vec![error];
        let form = &prepared.plan.form;
        let packer = form.packed.is_wanted().then(|| world.packer()).transpose();
        let packer = packer.map_err(one)?;
        let store = world.releases();
        let gate = world.rules().map(|policy| GateOrder {
            request,
            policy,
            now: Session::now(),
        });
        let run = DistRun {
            jobs: self.options.run.jobs.unwrap_or(session.host.cores),
            helpers: DistHelpers {
                packer: packer.as_ref().map(|packer| packer as &dyn Packer),
                signer: world.signer().filter(|_| form.signed.is_wanted()),
            },
            sink: form.pushed.is_wanted().then_some(ReleaseSink {
                store: &store,
                gate,
            }),
        };
        let table = Table::new(session, rows(prepared));
        let row = |binary: &report::Binary| {
            if !self.options.run.json {
                table.print(binary);
            }
        };
        let mut outcome = pipeline::dist(&world.ports(), prepared, &run, &row)?;
        outcome.errors.extend(table.into_error());
        Ok(outcome)
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
}

/// The table on stdout; its head comes with its first row.
struct Table<'a> {
    session: &'a Session,
    rows: DistRows,
    printed: Mutex<Printed>,
}

#[derive(Default)]
struct Printed {
    rows: usize,
    error: Option<BuildError>,
}

impl<'a> Table<'a> {
    fn new(session: &'a Session, rows: DistRows) -> Self {
        Self {
            session,
            rows,
            printed: Mutex::default(),
        }
    }

    fn print(&self, binary: &report::Binary) {
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        if printed.rows == 0 {
            let _ = write_dist_head(&mut text);
        }
        let _ = write_dist_row(&mut text, binary, self.rows);
        printed.rows += 1;
        let text = String::from_utf8_lossy(&text);
        if let Err(error) = self.session.print_beside_bars(&text) {
            printed.error.get_or_insert(error);
        }
    }

    /// Returns why a row could not be printed.
    fn into_error(self) -> Option<BuildError> {
        let printed = self.printed.into_inner();
        printed.unwrap_or_else(PoisonError::into_inner).error
    }
}

/// Returns a line `REPO:TAG@DIGEST` for each artifact that was pushed.
fn pushed(document: &Document) -> String {
    let mut lines = String::new();
    for release in document.release.iter().flat_map(|release| &release.pushed) {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}@{}", release.reference, release.digest);
    }
    lines
}

/// Tells whether a row says where its file is: of one program, its platform says it.
fn rows(prepared: &PreparedDist) -> DistRows {
    let programs = prepared.plan.programs.iter();
    let packages: BTreeSet<_> = programs
        .map(|program| &program.target.main.import_path)
        .collect();
    if packages.len() > 1 || prepared.plan.form.archive.is_some() {
        DistRows::OfSeveral
    } else {
        DistRows::OfOneProgram
    }
}
