//! What is told of one run: while it goes on, and at its end.

use std::cell::Cell;
use std::io::{self, Write as _};
use std::time::Duration;

use crate::config::Extra;
use crate::history::{Measure, PhaseRun, Run};
use crate::model::{BuildError, Event, ExitCode, Phase};
use crate::pipeline::{self, Making};
use crate::ports::{Clock as _, EventSink};
use crate::report::{
    Collected, Collector, Document, Failure, FanOut, InputList, Modules, PhaseTime, Rules,
    RunFacts, State, Status, Timings, Toolchain, Verbosity, record_of, write_explanation,
    write_summary,
};
use crate::toolchain;

use super::options::{BuildOptions, RunOptions};
use super::run_history::RunHistory;
use super::session::{Outcome, Session, exit_code, print_data};
use super::sharing;
use super::wiring::{History, Project, ReportFile, World};

/// What came of a run.
pub(super) enum Made {
    /// A plan, as it is to be printed: nothing was done.
    Plan(String),
    /// What was made, as it is to be printed.
    Document(String),
    /// All that was made, and all that failed.
    Outcome(pipeline::Outcome),
}

/// How far goes what a run makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To a registry: rules are looked at before, and others hear of the run.
    Registry,
    /// Not beyond this machine: `build` writes to no registry, not even a record.
    ThisMachine,
}

impl Reach {
    /// Keeps the record that `run` makes, and tells others of it where it goes so far.
    fn remember(
        self,
        session: &Session,
        history: &History,
        options: &RunOptions,
        run: impl FnOnce(Rules) -> Run,
    ) {
        let rules = match self {
            Self::Registry => history.rules,
            Self::ThisMachine => Rules::Unasked,
        };
        let run = keep(session, history, run(rules));
        if self == Self::Registry && !options.offline {
            sharing::tell(session, history, &run);
        }
    }
}

/// The listeners of one run.
pub(super) struct Telling<'a> {
    session: &'a Session,
    options: &'a BuildOptions,
    history: RunHistory<'a>,
    timings: Timings<'a>,
    collector: Collector,
    talker: Box<dyn EventSink + Send + 'a>,
    /// Where the report is left, where it is.
    report: Option<&'a ReportFile>,
    reach: Cell<Reach>,
}

impl<'a> Telling<'a> {
    /// Begins to listen.
    pub(super) fn start(session: &'a Session, options: &'a BuildOptions) -> Self {
        Self {
            session,
            options,
            history: RunHistory::new(session, &options.project, options.overrides()),
            timings: Timings::new(&session.clock),
            collector: Collector::default(),
            talker: session.talker(),
            report: None,
            reach: Cell::new(if session.verb == "push" {
                Reach::Registry
            } else {
                Reach::ThisMachine
            }),
        }
    }

    /// Lets the report be left in a file, too.
    pub(super) fn leaving(self, report: &'a ReportFile) -> Self {
        Self {
            report: Some(report),
            ..self
        }
    }

    /// Says which world the run is in.
    pub(super) fn is_of_world(&self, world: &World<'_>) {
        self.history.is_of_world(world);
    }

    /// Says which project the run is of.
    pub(super) fn is_of(&self, project: &Project) {
        self.history.is_of(project);
    }

    /// Says whether the programs of a `dist` go to a registry.
    pub(super) fn is_pushed(&self, pushed: Extra) {
        if pushed.is_wanted() {
            self.reach.set(Reach::Registry);
        }
    }

    /// Returns the history that the run belongs to; nothing where there is no project.
    pub(super) fn history(&self) -> Option<&History> {
        self.history.find()
    }

    /// Returns the phases so far.
    pub(super) fn phase_runs(&self) -> Vec<PhaseRun> {
        self.timings.phase_runs()
    }

    /// Returns the one sink that hands events to all listeners.
    pub(super) fn sink(&self) -> FanOut<'_> {
        FanOut::new(vec![&self.timings, &self.collector, &*self.talker])
    }

    /// Ends the run: prints the plan, or tells what was made.
    pub(super) fn end(
        self,
        made: Result<Made, Vec<BuildError>>,
        lines: impl FnOnce(&Document) -> String,
    ) -> Outcome {
        match made {
            Ok(Made::Plan(text)) => {
                print_data(&text).map_err(|error| vec![error])?;
                Ok(ExitCode::Done)
            }
            Ok(Made::Document(text)) => self.print(&text),
            Ok(Made::Outcome(outcome)) => self.finish(outcome, lines),
            Err(errors) => self.finish(pipeline::Outcome::failed(errors), lines),
        }
    }

    /// Ends the run: prints what was made.
    fn print(self, text: &str) -> Outcome {
        drop(self.talker);
        print_data(text).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }

    /// Ends the run: the summary on stderr, and on stdout the JSON document where it is wanted,
    /// else `lines`.
    fn finish(
        self,
        outcome: pipeline::Outcome,
        lines: impl FnOnce(&Document) -> String,
    ) -> Outcome {
        if let Some(history) = self.history() {
            self.warn_of_slowness(history);
        }
        let Self {
            session,
            options,
            history,
            timings,
            collector,
            talker,
            report,
            reach,
        } = self;
        drop(talker);
        let mut outcome = pipeline::Outcome {
            errors: session.told(outcome.errors),
            ..outcome
        };
        let Making { layers, programs } = std::mem::take(&mut *outcome.making);
        let (document, errors) = document(session, &timings, collector, outcome);
        let data = if options.run.json {
            json(&document)
        } else {
            Ok(lines(&document))
        };
        let printed = data.and_then(|data| print_data(&data));
        summarise(session, &document);
        let left = report.map_or(Ok(()), |file| file.end(json(&document)?.as_bytes()));
        let unsaid = printed.err().into_iter().chain(left.err());
        let errors: Vec<BuildError> = errors.into_iter().chain(unsaid).collect();
        let ended = if errors.is_empty() {
            Ok(ExitCode::Done)
        } else if is_in_part(&document) && !session.is_stopped() {
            session.show_all(&errors);
            Ok(ExitCode::Refused)
        } else {
            Err(errors)
        };
        if let Some(history) = history.find() {
            let code = ended
                .as_ref()
                .map_or_else(|errors| exit_code(errors), |code| *code);
            let facts = RunFacts {
                phases: timings.phase_runs(),
                layers,
                programs,
                ..history.facts(session, code)
            };
            let run = |rules| record_of(&document, RunFacts { rules, ..facts });
            reach.get().remember(session, history, &options.run, run);
        }
        ended
    }

    /// Says that the run took longer than its team wants.
    fn warn_of_slowness(&self, history: &History) {
        let (took, limit) = (self.session.clock.elapsed(), history.slo.build_time);
        if took <= limit {
            return;
        }
        let shown = |time: Duration| Measure::Seconds(time.as_secs_f64());
        self.sink().emit(Event::Warned {
            phase: Phase::Report,
            message: format!(
                "it took {}, and [slo] build_time is {}",
                shown(took),
                shown(limit)
            ),
            hints: vec![
                "what took the time, and what it was like before: coracle report".to_owned(),
            ],
        });
    }
}

/// Tells people what was made, and why, where they want to know. A terminal that is gone cannot be told of.
fn summarise(session: &Session, document: &Document) {
    let mut stderr = session.stderr();
    if !session.is_quiet() && !document.images.is_empty() {
        let _ = write_summary(&mut stderr, document).and_then(|()| stderr.flush());
    }
    if session.verbosity() == Verbosity::Verbose {
        let _ = document.rebuilt.iter().try_for_each(|explanation| {
            write_explanation(&mut stderr, explanation, InputList::Unsaid)
        });
    }
}

/// Adds a run to the history, and returns it as it is there. No run fails by it.
pub(super) fn keep(session: &Session, history: &History, run: Run) -> Run {
    let run = run.identified();
    if let Some(message) = pipeline::record(history.shelf(), &run) {
        session.say(&format!("warning: {message}"));
    }
    run
}

/// Tells whether some of several images are made: that is what the exit code says then.
fn is_in_part(document: &Document) -> bool {
    !document.images.is_empty() && !document.failed_images.is_empty()
}

/// Ends a run that failed before anybody listened: with a document where one is wanted.
pub(super) fn fail(session: &Session, form: Form, errors: Vec<BuildError>) -> Outcome {
    let outcome = pipeline::Outcome::failed(session.told(errors));
    let timings = Timings::new(&session.clock);
    let (document, mut errors) = document(session, &timings, Collector::default(), outcome);
    if form == Form::Json {
        errors.extend(json(&document).and_then(|text| print_data(&text)).err());
    }
    Err(errors)
}

/// Ends a run that is asked for one text alone, and tells it, or why there is none.
pub(super) fn print_or_fail(
    session: &Session,
    form: Form,
    text: Result<String, Vec<BuildError>>,
) -> Outcome {
    match text {
        Ok(text) => print_data(&text)
            .map(|()| ExitCode::Done)
            .map_err(|error| vec![error]),
        Err(errors) => fail(session, form, errors),
    }
}

/// How what is made is told on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In words.
    Text,
    /// As one JSON document.
    Json,
}

impl Form {
    /// Returns what the flag `--json` means.
    pub(super) fn of_flag(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

fn document(
    session: &Session,
    timings: &Timings<'_>,
    collector: Collector,
    outcome: pipeline::Outcome,
) -> (Document, Vec<BuildError>) {
    let Collected {
        warnings,
        notes,
        mut states,
        modules,
    } = collector.into_parts();
    states.extend(State::failed(&outcome.errors));
    let phases = timings.totals();
    let document = Document {
        form: 1,
        coracle: env!("CARGO_PKG_VERSION").to_owned(),
        status: if outcome.errors.is_empty() {
            Status::Done
        } else {
            Status::Failed
        },
        images: outcome.images,
        failed_images: outcome.failed_images,
        binaries: outcome.binaries,
        release: outcome.release.map(|release| *release),
        rebuilt: outcome.rebuilt,
        toolchain: outcome.toolchain.as_ref().map(reported),
        states,
        modules: Modules::from(&modules),
        errors: outcome.errors.iter().map(Failure::from).collect(),
        warnings,
        notes,
        phases: phases
            .into_iter()
            .map(|(phase, time)| PhaseTime {
                phase: phase.to_string(),
                seconds: time.as_secs_f64(),
            })
            .collect(),
        seconds: session.clock.elapsed().as_secs_f64(),
    };
    (document, outcome.errors)
}

fn reported(toolchain: &toolchain::Toolchain) -> Toolchain {
    let origin = &toolchain.origin;
    Toolchain {
        version: toolchain.version.to_string(),
        origin: origin.as_str().to_owned(),
        h1: origin.h1().map(ToString::to_string),
    }
}

/// Returns what `write` writes, for stdout; `what` it is, in case it cannot.
pub(super) fn text(
    what: &str,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<String, BuildError> {
    let mut text = Vec::new();
    write(&mut text).map_err(|error| {
        BuildError::new(Phase::Report, "", format!("cannot write {what}")).because(error)
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Writes a document as JSON, for people too.
pub(super) fn json(document: &impl serde::Serialize) -> Result<String, BuildError> {
    serde_json::to_string_pretty(document)
        .map(|text| text + "\n")
        .map_err(|error| {
            BuildError::new(Phase::Report, "", "cannot write the report").because(error)
        })
}
