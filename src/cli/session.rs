//! One run of the program: its machine, its streams, its end.
#![expect(
    clippy::disallowed_methods,
    reason = "the terminal is handed out here, and nowhere else; and the file of --trace is opened"
)]

mod timeline;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use indicatif::MultiProgress;

use crate::adapters::host::{self, Stopwatch};
use crate::model::{
    BuildError, Cancellation, ExitCode, ForeignText, Host, Phase, Terminal, Timestamp, Traffic,
};
use crate::ports::EventSink;
use crate::report::{Bars, Lines, Verbosity, write_error};

use super::options::TimeLimit;
use super::talk::{ColorWhen, ProgressChoice, TalkOptions};
use timeline::{Timeline, Traced};

/// What every verb needs.
pub(super) struct Session {
    /// The machine.
    pub(super) host: Host,
    /// Runs since the program started.
    pub(super) clock: Stopwatch,
    /// Set by Ctrl-C and its kin.
    pub(super) cancellation: Cancellation,
    /// The verb that was typed, for hints.
    pub(super) verb: &'static str,
    /// Counts what is asked of others.
    pub(super) traffic: Traffic,
    talk: TalkOptions,
    screen: MultiProgress,
    timeline: Option<Arc<Timeline>>,
}

/// How a verb ended: an exit code, or the failures that it ended by.
pub(super) type Outcome = Result<ExitCode, Vec<BuildError>>;

impl Session {
    /// Reads the machine and listens to signals.
    pub(super) fn start(talk: TalkOptions, verb: &'static str) -> Result<Self, BuildError> {
        let clock = Stopwatch::start();
        let cancellation = Cancellation::default();
        host::open_as_many_files_as_allowed();
        host::end_at_panic(cancellation.clone());
        host::listen(cancellation.clone())?;
        Ok(Self {
            host: host::read()?,
            clock,
            cancellation,
            verb,
            traffic: Traffic::default(),
            talk,
            screen: MultiProgress::new(),
            timeline: None,
        })
    }

    /// Begins a timeline of the run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn trace_to(&mut self, path: PathBuf) -> Result<(), BuildError> {
        let timeline = Timeline::start(self.clock, path)?;
        self.timeline = Some(Arc::new(timeline));
        Ok(())
    }

    /// Tells whether a timeline is written.
    pub(super) fn is_traced(&self) -> bool {
        self.timeline.is_some()
    }

    /// Returns the same run, as it goes on another machine.
    pub(super) fn on(&self, host: Host) -> Self {
        Self {
            host,
            clock: self.clock,
            cancellation: self.cancellation.clone(),
            verb: self.verb,
            traffic: self.traffic.clone(),
            talk: self.talk.clone(),
            screen: self.screen.clone(),
            timeline: self.timeline.clone(),
        }
    }

    /// Returns another run of the same verb, which begins now.
    pub(super) fn again(&self) -> Self {
        Self {
            clock: Stopwatch::start(),
            traffic: Traffic::default(),
            ..self.on(self.host.clone())
        }
    }

    /// Returns what the machine's clock shows now.
    pub(super) fn now() -> Timestamp {
        host::now()
    }

    /// Stops the run when `limit` is over.
    pub(super) fn limit(&self, limit: Option<TimeLimit>) {
        if let Some(TimeLimit(limit)) = limit {
            host::stop_after(limit, self.cancellation.clone());
        }
    }

    /// Returns the listener that talks to the person at stderr, in the way asked for, and to the timeline.
    pub(super) fn talker(&self) -> Box<dyn EventSink + Send + '_> {
        let talker = self.speaker();
        match &self.timeline {
            Some(timeline) => Box::new(Traced { talker, timeline }),
            None => talker,
        }
    }

    fn speaker(&self) -> Box<dyn EventSink + Send + '_> {
        let verbosity = self.talk.verbosity();
        if let Some(screen) = self.drawn_screen() {
            return Box::new(Bars::new(screen));
        }
        match self.talk.progress {
            ProgressChoice::None => Box::new(Lines::new(&self.clock, Verbosity::Quiet, io::sink())),
            ProgressChoice::Auto | ProgressChoice::Plain => {
                Box::new(Lines::new(&self.clock, verbosity, self.stderr()))
            }
        }
    }

    /// Returns the screen, where somebody sits there who wants to see what goes on.
    pub(super) fn drawn_screen(&self) -> Option<MultiProgress> {
        let draws = matches!(self.talk.progress, ProgressChoice::Auto)
            && self.host.terminal == Terminal::Screen
            && !self.is_quiet();
        draws.then(|| self.screen.clone())
    }

    /// Returns stderr, for talk, with colours where they are wanted.
    pub(super) fn stderr(&self) -> AutoStream<io::Stderr> {
        let stderr = io::stderr();
        let choice = match self.talk.color {
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
            ColorWhen::Auto if self.host.environment.get("NO_COLOR").is_some() => {
                ColorChoice::Never
            }
            ColorWhen::Auto => AutoStream::choice(&stderr),
        };
        AutoStream::new(stderr, choice)
    }

    /// Writes data to stdout while bars may be drawn below it.
    ///
    /// # Errors
    /// As [`print_data`].
    pub(super) fn print_beside_bars(&self, data: &str) -> Result<(), BuildError> {
        self.screen.suspend(|| print_data(data))
    }

    /// Returns how much is to be said.
    pub(super) fn verbosity(&self) -> Verbosity {
        self.talk.verbosity()
    }

    /// Tells whether anything but errors is to be said.
    pub(super) fn is_quiet(&self) -> bool {
        self.talk.verbosity() == Verbosity::Quiet
    }

    /// Says something on stderr, unless only errors are to be said.
    pub(super) fn say(&self, text: &str) {
        if !self.is_quiet() {
            // A terminal that is gone cannot be told of.
            let _ = writeln!(self.stderr(), "{}", ForeignText::new(text));
        }
    }

    /// Returns what is to be told of a run that failed with `errors`: of one that was stopped why it
    /// was, whatever its work broke off with.
    pub(super) fn told(&self, errors: Vec<BuildError>) -> Vec<BuildError> {
        match self.cancellation.reason() {
            Some(reason) if !errors.is_empty() => vec![reason.to_error()],
            _ => errors,
        }
    }

    /// Shows the failures, and decides what the process ends with.
    pub(super) fn finish(&self, outcome: Outcome) -> ExitCode {
        let traced = self.timeline.as_ref().map_or(Ok(()), |it| it.finish());
        let (code, mut errors) = match outcome {
            Ok(code) => (code, Vec::new()),
            Err(errors) => (ExitCode::Done, self.told(errors)),
        };
        errors.extend(traced.err());
        self.show_all(&errors);
        if errors.is_empty() || code != ExitCode::Done {
            return code;
        }
        exit_code(&errors)
    }

    /// Tells whether the run was told to stop, or ran out of time.
    pub(super) fn is_stopped(&self) -> bool {
        self.cancellation.is_stopped()
    }

    /// Shows failures.
    pub(super) fn show_all(&self, errors: &[BuildError]) {
        for error in errors {
            self.show(error);
        }
    }

    fn show(&self, error: &BuildError) {
        let mut stderr = self.stderr();
        // A terminal that is gone cannot be told of.
        let _ = write_error(&mut stderr, error).and_then(|()| stderr.flush());
    }
}

/// One failure ends with its own code; several that differ are some of several targets.
pub(super) fn exit_code(errors: &[BuildError]) -> ExitCode {
    let mut codes = errors.iter().map(BuildError::exit_code);
    let first = codes.next().unwrap_or(ExitCode::Refused);
    if codes.all(|code| code == first) {
        first
    } else {
        ExitCode::Refused
    }
}

/// Writes data to stdout, whole or not at all as far as the system allows.
///
/// # Errors
/// When stdout takes no more; a reader that left early is not an error.
pub(super) fn print_data(data: &str) -> Result<(), BuildError> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(data.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(BuildError::new(Phase::Report, "", "cannot write to stdout")
                .because(error)
                .exit(ExitCode::CannotWrite))
        }
        _ => Ok(()),
    }
}
