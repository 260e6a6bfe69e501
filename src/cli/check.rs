//! `coracle check`.

use clap::{Args, ValueEnum};

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session, print_data};
use super::telling::{Form, fail, json};
use crate::model::{BuildError, ExitCode, Phase};
use crate::pipeline::{CheckOrder, Checked};
use crate::policy::{Finding, Severity};
use crate::ports::Thoroughness;
use crate::report::{CheckDocument, Failure, sarif, write_annotations, write_findings};

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
        let checked = match images::check(session, &self.options, &order) {
            Ok(checked) => checked,
            Err(errors) => {
                return fail(session, Form::of_flag(format == Format::Json), errors);
            }
        };
        let is_blocked = checked
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Blocked);
        let text = format.print(&checked).map_err(|error| vec![error])?;
        print_data(&text).map_err(|error| vec![error])?;
        match (checked.errors.is_empty(), is_blocked) {
            (true, false) => Ok(ExitCode::Done),
            (true, true) => Ok(ExitCode::Refused),
            (false, true) if !session.is_stopped() => {
                session.show_all(&checked.errors);
                Ok(ExitCode::Refused)
            }
            (false, _) => Err(checked.errors),
        }
    }
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
        let mut text = Vec::new();
        let written = match self {
            Self::Json => return json(&document),
            Self::Sarif => return json(&sarif(&in_repository, &failures)),
            Self::Text => write_findings(&mut text, &document),
            Self::Github => write_annotations(&mut text, &in_repository, &failures),
        };
        written.map_err(|error| {
            BuildError::new(Phase::Report, "", "cannot write the findings").because(error)
        })?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}
