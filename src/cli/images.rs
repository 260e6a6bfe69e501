//! What `build` and `push` have in common: one run over images.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::model::BuildError;
use crate::pipeline::{self, Prepared};
use crate::plan::{PlanDescription, Sink};
use crate::ports::EventSink;
use crate::report::{Document, Explanation};

use super::options::{BuildOptions, ImageOptions};
use super::session::{Outcome, Session};
use super::telling::{Form, Made, Telling, fail, json};
use super::wiring::{Project, Shelves, World, memo_places};

/// Builds the images that `options` name, and brings them to the sink that `sink` makes of the
/// project's folder.
pub(super) fn run(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
) -> Outcome {
    let run = &options.build.run;
    let telling = match Telling::start(session, &options.build) {
        Ok(telling) => telling,
        Err(error) => return fail(session, Form::of_flag(run.json), vec![error]),
    };
    session.limit(run.timeout);
    let made = make(session, options, sink, &telling.sink());
    telling.end(made, digests)
}

/// Builds the images that `options` name, or says what would be done.
pub(super) fn make(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    events: &dyn EventSink,
) -> Result<Made, Vec<BuildError>> {
    let one = |error| vec![error];
    let project = Project::open(session, &options.build.project, &options.overrides())?;
    let sink = sink(project.folder().to_owned());
    let places = memo_places(project.config(), options, &sink, events);
    let options = &options.build;
    let shelves = Shelves::open(session, &project, &options.run, events).map_err(one)?;
    let world =
        World::new(session, &project, &shelves, &options.run, places, events).map_err(one)?;
    let world = match &sink {
        Sink::Registry => world.signing().map_err(one)?,
        Sink::Files { .. } => world,
    };
    let ports = world.ports();
    let prepared = pipeline::prepare(&ports, &world.request(&options.images), sink)?;
    if options.dry_run {
        return describe(options, &prepared).map(Made::Plan).map_err(one);
    }
    let jobs = options.run.jobs.unwrap_or(session.host.cores);
    let outcome = pipeline::produce(&ports, &prepared, jobs);
    world.trim_cache();
    outcome.map(Made::Outcome)
}

/// Tells of the images that `options` name which of their layers would be made anew, and why.
pub(super) fn explain(
    session: &Session,
    options: &ImageOptions,
) -> Result<Vec<Explanation>, Vec<BuildError>> {
    let one = |error| vec![error];
    let events = session.talker();
    let project = Project::open(session, &options.build.project, &options.overrides())?;
    let shelves = Shelves::open(session, &project, &options.build.run, &*events).map_err(one)?;
    let nowhere = Sink::Files {
        outputs: Vec::new(),
        folder: project.folder().to_owned(),
    };
    let places = memo_places(project.config(), options, &nowhere, &*events);
    let world = World::new(
        session,
        &project,
        &shelves,
        &options.build.run,
        places,
        &*events,
    )
    .map_err(one)?;
    let ports = world.ports();
    let prepared = pipeline::prepare(&ports, &world.request(&options.build.images), nowhere)?;
    Ok(pipeline::explain(&ports, &prepared))
}

fn describe(options: &BuildOptions, prepared: &Prepared) -> Result<String, BuildError> {
    let description = PlanDescription::new(&prepared.plan, &prepared.go);
    if options.run.json {
        json(&description)
    } else {
        Ok(description.to_string())
    }
}

/// Returns a line `DESTINATION@DIGEST` for each place of each image.
fn digests(document: &Document) -> String {
    let mut lines = String::new();
    for image in &document.images {
        for output in &image.outputs {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{}@{}", output.destination, image.digest);
        }
    }
    lines
}
