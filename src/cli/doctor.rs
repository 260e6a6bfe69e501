//! `coracle doctor`.

use std::time::Duration;

use clap::Args;

use super::document_form::DocumentForm;
use super::options::{ProjectOptions, TimeLimit};
use super::session::{Outcome, Session};
use super::wiring::{self, Looking};
use crate::doctor::Probing;
use crate::pipeline;
use crate::report::{DiagnosisDocument, Telling, Verbosity, write_diagnosis};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle doctor
  coracle doctor -v                    # a line for each module
  coracle doctor --json -C services/api
  coracle doctor --offline             # what is on this machine alone";

/// How long an answer is waited for, unless a flag says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// Flags of `coracle doctor`.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    project: ProjectOptions,
    /// Ask nobody: look at what is on this machine
    #[arg(long)]
    offline: bool,
    /// Wait so long for each answer, as in 5s or 1m; the default is 10s
    #[arg(long, value_name = "DURATION")]
    timeout: Option<TimeLimit>,
    #[command(flatten)]
    form: DocumentForm,
}

impl Doctor {
    /// Looks at everything, and tells.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let one = |error| vec![error];
        let looking = Looking {
            probing: if self.offline {
                Probing::Offline
            } else {
                Probing::Asked
            },
            patience: self.timeout.map_or(PATIENCE, |limit| limit.0),
        };
        let events = session.talker();
        let diagnosis =
            wiring::at_bedside(session, &self.project, looking, &*events, pipeline::doctor)?;
        // What is drawn is gone before anything is printed.
        drop(events);
        let document = DiagnosisDocument::from(&diagnosis);
        let telling = match session.verbosity() {
            Verbosity::Verbose => Telling::All,
            Verbosity::Quiet | Verbosity::Normal => Telling::Briefly,
        };
        self.form
            .print(&document, |to| write_diagnosis(to, &document, telling))
            .map_err(one)?;
        Ok(diagnosis.exit_code())
    }
}
