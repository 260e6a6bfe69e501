//! `coracle report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::ProjectOptions;
use super::session::{Outcome, Session, print_data};
use super::sharing;
use super::telling::{json, text};
use super::wiring::{History, write_page};
use crate::config::Overrides;
use crate::history::Past;
use crate::model::{BuildError, ExitCode};
use crate::pipeline::{self, Numbers};
use crate::report::{NumbersDocument, PageFacts, history_page, write_numbers, write_open_metrics};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle report                         # what [slo] wants, and the last runs
  coracle report --check                 # and exit code 1 where a wish is broken
  coracle report --html dist/report.html # a page with plots, for a browser
  coracle report --format openmetrics    # for a monitoring system
  coracle report --set slo.build_time=2m # with another limit";

/// Flags of `coracle report`.
#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    project: ProjectOptions,
    /// Sets any key of coracle.toml, as in go.version=1.26.8; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Show so many of the last runs
    #[arg(long, value_name = "N", default_value_t = 10)]
    runs: usize,
    /// End with exit code 1 where a wish is broken
    #[arg(long)]
    check: bool,
    /// Write a page with plots to this file, which nothing else is needed to show
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    html: Option<PathBuf>,
    /// Use nothing but what is on this machine
    #[arg(long)]
    offline: bool,
    /// The form of what is printed; --json is json
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// OpenMetrics, for monitoring systems
    Openmetrics,
}

impl Report {
    /// Holds the history against what is wanted, and prints what it tells.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let one = |error| vec![error];
        let overrides = Overrides {
            sets: self.sets.clone(),
            ..Overrides::default()
        };
        let history = History::open(session, &self.project, &overrides)?;
        let (shelf, now) = (history.shelf(), Session::now());
        let others = if self.offline {
            Vec::new()
        } else {
            sharing::told(session, &history, now)
        };
        let (project, slo) = (&history.project, &history.slo);
        let numbers = pipeline::numbers(shelf, project, slo, others, now).map_err(one)?;
        let Numbers {
            past,
            judged,
            trends,
        } = &numbers;
        let project = history.project.clone();
        let document = NumbersDocument::new(project, past, judged, trends, self.runs);
        if let Some(file) = &self.html {
            let folder = self.project.directory.clone().unwrap_or_default();
            let page = history_page(&PageFacts {
                document: &document,
                past,
                now,
            });
            write_page(&folder.join(file), page.as_bytes()).map_err(one)?;
        }
        print_data(&self.text(&document, past).map_err(one)?).map_err(one)?;
        if self.check && !document.kept {
            return Ok(ExitCode::Refused);
        }
        Ok(ExitCode::Done)
    }

    fn text(&self, document: &NumbersDocument, past: &Past) -> Result<String, BuildError> {
        match (self.json, self.format) {
            (true, _) | (_, Format::Json) => json(document),
            (_, Format::Text) => text("the numbers", |to| write_numbers(to, document)),
            (_, Format::Openmetrics) => {
                text("the numbers", |to| write_open_metrics(to, document, past))
            }
        }
    }
}
