//! `coracle check`.

use clap::{Args, ValueEnum};

use super::images;
use super::options::ImageOptions;
use super::run_history::RunHistory;
use super::session::{Outcome, Session, exit_code, print_data};
use super::telling::{Form, fail, json, keep, text};
use crate::model::{BuildError, ExitCode};
use crate::pipeline::{CheckOrder, Checked};
use crate::policy::{Finding, Severity};
use crate::ports::{Clock as _, Thoroughness};
use crate::report::{
    CheckDocument, Failure, record_of_check, sarif, write_annotations, write_findings,
};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle check                                   # all images, by the rules of [policy]
  coracle check server --since main               # and which modules came in since
  coracle check --format sarif > coracle.sarif
  coracle check --format github                   # annotations, in a workflow of GitHub";

/// Flags of `coracle check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    options: ImageOptions,
    /// Show the modules that came in since this branch, tag or commit
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// Compare every module with go.sum anew, also those that nobody has touched since they were
    #[arg(long)]
    full: bool,
    /// The form of what is printed; --json is json
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// Workflow commands, for GitHub Actions
    Github,
}

impl Check {
    /// Holds images to the rules, and prints what is found.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let run = &self.options.build.run;
        session.limit(run.timeout);
        let format = if run.json { Format::Json } else { self.format };
        let order = CheckOrder {
            since: self.since.as_deref(),
            now: Session::now(),
            thoroughness: Some(if self.full {
                Thoroughness::Full
            } else {
                Thoroughness::Remembered
            }),
        };
        let project = &self.options.build.project;
        let history = RunHistory::new(session, project, self.options.overrides());
        let checked = match images::check(session, &self.options, &order, &history) {
            Ok(checked) => checked,
            Err(errors) => {
                let errors = session.told(errors);
                keep_check(session, &history, exit_code(&errors), None, &errors);
                return fail(session, Form::of_flag(format == Format::Json), errors);
            }
        };
        let is_blocked = checked
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Blocked);
        let text = format.print(&checked).map_err(|error| vec![error])?;
        print_data(&text).map_err(|error| vec![error])?;
        let errors = session.told(checked.errors);
        let ended = match (errors.is_empty(), is_blocked) {
            (true, false) => ExitCode::Done,
            (true, true) => ExitCode::Refused,
            (false, true) if !session.is_stopped() => ExitCode::Refused,
            (false, _) => exit_code(&errors),
        };
        keep_check(session, &history, ended, Some(&checked.findings), &errors);
        if errors.is_empty() {
            return Ok(ended);
        }
        if is_blocked && !session.is_stopped() {
            session.show_all(&errors);
            return Ok(ended);
        }
        Err(errors)
    }
}

/// Adds the run to the history.
fn keep_check(
    session: &Session,
    history: &RunHistory<'_>,
    exit_code: ExitCode,
    findings: Option<&[Finding]>,
    errors: &[BuildError],
) {
    let Some(history) = history.find() else {
        return;
    };
    let facts = history.facts(session, exit_code);
    let seconds = session.clock.elapsed().as_secs_f64();
    let run = record_of_check(facts, seconds, findings, errors);
    keep(session, history, run);
}

impl Format {
    fn print(self, checked: &Checked) -> Result<String, BuildError> {
        let Checked {
            images,
            modules,
            findings,
            errors,
            place,
            ..
        } = checked;
        let failures: Vec<Failure> = errors.iter().map(Failure::from).collect();
        let in_repository: Vec<Finding> = findings.iter().map(|it| place.found(it)).collect();
        let document = CheckDocument::new(images.clone(), *modules, findings, failures.clone());
        match self {
            Self::Json => json(&document),
            Self::Sarif => json(&sarif(&in_repository, &failures)),
            Self::Text => text("the findings", |to| write_findings(to, &document)),
            Self::Github => text("the findings", |to| {
                write_annotations(to, &in_repository, &failures)
            }),
        }
    }
}
