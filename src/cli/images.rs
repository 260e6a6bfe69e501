//! What `build` and `push` have in common: one run over images.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::manifests::BuiltReference;
use crate::model::BuildError;
use crate::pipeline::{
    self, BuildCacheOrder, BundleOrder, CheckOrder, Checked, GateOrder, MadeBundle, NamedImages,
    Prepared, PushedImages, Resolving, Sealing,
};
use crate::plan::{PlanDescription, Sink};
use crate::ports::EventSink;
use crate::report::{CommandList, Document, Explanation, FanOut, GoBuildCache, ModuleGraph};

use super::document_printer::DocumentPrinter;
use super::options::{BuildOptions, ImageOptions, ProjectOptions};
use super::release_gate;
use super::run_history::RunHistory;
use super::session::{Outcome, Session};
use super::telling::{Made, Telling, json};
use super::wiring::{Project, ReportFile, Shelves, World, memo_places};

/// Builds the images that `options` name, and brings them to the sink that `sink` makes of the
/// project's folder.
pub(super) fn run(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
) -> Outcome {
    run_with(session, options, sink, digests)
}

/// As [`run`], and prints what `lines` makes of what was made.
pub(super) fn run_with(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    lines: impl FnOnce(&Document) -> String,
) -> Outcome {
    let telling = Telling::start(session, &options.build);
    told(session, options, sink, telling, lines)
}

/// As [`run`], and leaves the report in a file.
pub(super) fn run_reported(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    report: &ReportFile,
) -> Outcome {
    let telling = Telling::start(session, &options.build).leaving(report);
    told(session, options, sink, telling, digests)
}

fn told(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    telling: Telling<'_>,
    lines: impl FnOnce(&Document) -> String,
) -> Outcome {
    session.limit(options.build.run.timeout);
    let events = telling.sink();
    let made = make(session, options, sink, &telling, &events, |_| ());
    drop(events);
    telling.end(made, lines)
}

/// As [`run`], for documents that name the images.
pub(super) fn resolve(
    session: &Session,
    options: &ImageOptions,
    documents: &Documents<'_>,
) -> Outcome {
    let telling = Telling::start(session, &options.build);
    session.limit(options.build.run.timeout);
    let Documents {
        resolving,
        references,
        printer,
    } = documents;
    let sink = telling.sink();
    let events = FanOut::new(vec![&sink, *printer]);
    let begin = |prepared: &Prepared| printer.begin(&prepared.plan, references);
    let to_registry = |_| Sink::Registry;
    let made = make(session, options, to_registry, &telling, &events, begin).map_err(|errors| {
        let located = errors.into_iter().map(|error| resolving.locate(error));
        located.collect::<Vec<_>>()
    });
    drop(events);
    drop(sink);
    let mut printed = Ok(());
    let ended = telling.end(made, |_| {
        printed = printer.end();
        String::new()
    });
    match printed {
        Err(error) if ended.is_ok() => Err(vec![error]),
        _ => ended,
    }
}

/// Documents, the images that they name, and where they go.
pub(super) struct Documents<'a> {
    /// The documents.
    pub(super) resolving: &'a Resolving<'a>,
    /// What they name.
    pub(super) references: &'a [BuiltReference],
    /// What hands them on.
    pub(super) printer: &'a DocumentPrinter<'a>,
}

fn make(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    telling: &Telling<'_>,
    events: &dyn EventSink,
    begin: impl FnOnce(&Prepared),
) -> Result<Made, Vec<BuildError>> {
    let unsigned = Sealing::Unsigned;
    at_work(session, options, sink, unsigned, events, |world, sink| {
        telling.is_of_world(world);
        let prepared = prepare(options, world, sink)?;
        if options.build.dry_run {
            let plan = describe(&options.build, &prepared);
            return plan.map(Made::Plan).map_err(|error| vec![error]);
        }
        ask_of_release(session, options, world, &prepared)?;
        begin(&prepared);
        produce(session, options, world, &prepared).map(Made::Outcome)
    })
}

/// Builds the images that `options` name, and publishes them.
pub(super) fn push(
    session: &Session,
    options: &ImageOptions,
    events: &dyn EventSink,
) -> Result<pipeline::Outcome, Vec<BuildError>> {
    let (sink, unsigned) = (|_| Sink::Registry, Sealing::Unsigned);
    planned(
        session,
        options,
        sink,
        unsigned,
        events,
        |world, prepared| {
            ask_of_release(session, options, world, prepared)?;
            produce(session, options, world, prepared)
        },
    )
}

/// Finds out which images `references` mean, of which those that `options` name, or `pushed`, are pushed.
pub(super) fn named(
    session: &Session,
    options: &ImageOptions,
    references: &[BuiltReference],
    pushed: &PushedImages<'_>,
    events: &dyn EventSink,
) -> Result<NamedImages, Vec<BuildError>> {
    let unsigned = Sealing::Unsigned;
    at_work(session, options, nowhere, unsigned, events, |world, _| {
        let request = world.request(&options.build.images);
        pipeline::named_images(&world.ports(), &request, references, pushed)
    })
}

/// Refuses a release of what is known not to be reproducible.
fn ask_of_release(
    session: &Session,
    options: &ImageOptions,
    world: &World<'_>,
    prepared: &Prepared,
) -> Result<(), Vec<BuildError>> {
    let outgoing = pipeline::outgoing_images(prepared);
    release_gate::ask(session, world, &options.build.run, &outgoing)
}

/// Builds the images that `options` name.
pub(super) fn build(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    events: &dyn EventSink,
) -> Result<pipeline::Outcome, Vec<BuildError>> {
    planned(
        session,
        options,
        sink,
        Sealing::Unsigned,
        events,
        |world, prepared| produce(session, options, world, prepared),
    )
}

/// Tells of the images that `options` name which of their layers would be made anew, and why.
pub(super) fn explain(
    session: &Session,
    options: &ImageOptions,
) -> Result<Vec<Explanation>, Vec<BuildError>> {
    explained(session, options, |world, prepared| {
        Ok(pipeline::explain(&world.ports(), prepared))
    })
}

/// Tells which commands a build of the images that `options` name would run.
pub(super) fn explain_commands(
    session: &Session,
    options: &ImageOptions,
) -> Result<CommandList, Vec<BuildError>> {
    explained(session, options, |world, prepared| {
        pipeline::explain_commands(&world.ports(), prepared).map_err(|error| vec![error])
    })
}

/// Tells which modules the images that `options` name are compiled from, and why.
pub(super) fn explain_modules(
    session: &Session,
    options: &ImageOptions,
) -> Result<ModuleGraph, Vec<BuildError>> {
    explained(session, options, |world, prepared| {
        pipeline::explain_modules(&world.ports(), prepared)
    })
}

fn explained<T>(
    session: &Session,
    options: &ImageOptions,
    then: impl FnOnce(&World<'_>, &Prepared) -> Result<T, Vec<BuildError>>,
) -> Result<T, Vec<BuildError>> {
    let events = session.talker();
    planned(session, options, nowhere, Sealing::Unsigned, &*events, then)
}

/// Puts all that images take from others into one file.
pub(super) fn bundle(
    session: &Session,
    options: &ImageOptions,
    order: &BundleOrder<'_>,
    events: &dyn EventSink,
) -> Result<Bundled, Vec<BuildError>> {
    planned(
        session,
        options,
        nowhere,
        order.sealing,
        events,
        |world, prepared| {
            if options.build.dry_run {
                let plan = describe(&options.build, prepared);
                return plan.map(Bundled::Plan).map_err(|error| vec![error]);
            }
            let made = world.bundling(|bundling| bundling.bundle(prepared, order));
            world.trim_cache();
            made.map(Bundled::Made).map_err(|error| vec![error])
        },
    )
}

/// What came of a bundle.
pub(super) enum Bundled {
    /// A plan, as it is to be printed: nothing was done.
    Plan(String),
    /// The bundle.
    Made(MadeBundle),
}

/// Holds the images that `options` name, and all that they are made of, to the rules.
pub(super) fn check(
    session: &Session,
    options: &ImageOptions,
    order: &CheckOrder<'_>,
    history: &RunHistory<'_>,
) -> Result<Checked, Vec<BuildError>> {
    let events = session.talker();
    let unsigned = Sealing::Unsigned;
    at_work(
        session,
        options,
        nowhere,
        unsigned,
        &*events,
        |world, sink| {
            history.is_of_world(world);
            let request = world.request(&options.build.images);
            pipeline::check(&world.ports(), &request, sink, order)
        },
    )
}

/// Looks whether Go's build cache tells the truth of what the project of `options` is made from.
pub(super) fn build_cache(
    session: &Session,
    options: &ProjectOptions,
    order: BuildCacheOrder,
    events: &dyn EventSink,
) -> Result<(GoBuildCache, Option<BuildError>), Vec<BuildError>> {
    let options = ImageOptions {
        build: BuildOptions {
            project: options.clone(),
            ..BuildOptions::default()
        },
        ..ImageOptions::default()
    };
    let unsigned = Sealing::Unsigned;
    at_work(
        session,
        &options,
        nowhere,
        unsigned,
        events,
        |world, sink| {
            let request = world.request(&options.build.images);
            pipeline::build_cache(&world.ports(), &request, sink, order)
        },
    )
}

/// Nothing is made.
fn nowhere(folder: PathBuf) -> Sink {
    Sink::Files {
        outputs: Vec::new(),
        folder,
    }
}

/// Plans the images that `options` name, and does something about the plan.
fn planned<T>(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    signing: Sealing,
    events: &dyn EventSink,
    then: impl FnOnce(&World<'_>, &Prepared) -> Result<T, Vec<BuildError>>,
) -> Result<T, Vec<BuildError>> {
    at_work(session, options, sink, signing, events, |world, sink| {
        then(world, &prepare(options, world, sink)?)
    })
}

/// Plans the images that `options` name.
fn prepare(
    options: &ImageOptions,
    world: &World<'_>,
    sink: Sink,
) -> Result<Prepared, Vec<BuildError>> {
    let request = world.request(&options.build.images);
    let prepared = pipeline::prepare(&world.ports(), &request, sink)?;
    if let Some(bundle) = world.bundle() {
        let checked = bundle.check_images(&world.ports(), &prepared);
        checked.map_err(|error| vec![error])?;
    }
    Ok(prepared)
}

/// Opens the project, puts adapters behind the ports, and does something with them.
fn at_work<T>(
    session: &Session,
    options: &ImageOptions,
    sink: impl FnOnce(PathBuf) -> Sink,
    signing: Sealing,
    events: &dyn EventSink,
    then: impl FnOnce(&World<'_>, Sink) -> Result<T, Vec<BuildError>>,
) -> Result<T, Vec<BuildError>> {
    let one = |error| vec![error];
    let project = Project::open(session, &options.build.project, &options.overrides())?;
    project.tell(session);
    let sink = sink(project.folder().to_owned());
    let places = memo_places(project.config(), options, &sink, events);
    let options = &options.build;
    let shelves = Shelves::open(session, &project, &options.run, events).map_err(one)?;
    let world =
        World::new(session, &project, &shelves, &options.run, places, events).map_err(one)?;
    let world = match (&sink, signing) {
        (Sink::Registry, _) => world.signing().map_err(one)?,
        (Sink::Files { .. }, Sealing::Signed) => world.sealing().map_err(one)?,
        (Sink::Files { .. }, Sealing::Unsigned) => world,
    };
    then(&world, sink)
}

fn produce(
    session: &Session,
    options: &ImageOptions,
    world: &World<'_>,
    prepared: &Prepared,
) -> Result<pipeline::Outcome, Vec<BuildError>> {
    let jobs = options.build.run.jobs.unwrap_or(session.host.cores);
    let request = world.request(&options.build.images);
    let gate = world.policy(prepared).map(|policy| GateOrder {
        request: &request,
        policy,
        now: Session::now(),
    });
    let outcome = pipeline::produce(&world.ports(), prepared, jobs, gate);
    world.trim_cache();
    outcome.map(|outcome| world.explain(outcome, prepared.source()))
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
