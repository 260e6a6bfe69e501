//! `coracle doctor`.

use std::time::Duration;

use clap::Args;

use super::cache::today;
use super::document_form::DocumentForm;
use super::images;
use super::options::{ProjectOptions, TimeLimit};
use super::session::{Outcome, Session};
use super::wiring::{self, Looking};
use crate::compile::CacheShare;
use crate::doctor::{Area, Finding, Probing};
use crate::model::BuildError;
use crate::pipeline::{self, BuildCacheOrder};
use crate::ports::EventSink;
use crate::report::{DiagnosisDocument, Telling, Verbosity, write_diagnosis};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle doctor
  coracle doctor -v                    # a line for each module
  coracle doctor --json -C services/api
  coracle doctor --offline             # what is on this machine alone
  coracle doctor --caches              # where changes of the code seem to have no effect";

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
    /// Compile some of the project's packages anew, and tell whether Go's build cache has the same
    #[arg(long)]
    caches: bool,
    /// Wait so long for each answer, as in 5s or 1m; the default is 10s
    #[arg(long, value_name = "DURATION")]
    timeout: Option<TimeLimit>,
    #[command(flatten)]
    form: DocumentForm,
}

/// How many packages are compiled anew, for each platform.
const SAMPLE_PACKAGES: usize = 40;
/// How much of Go's build cache is read.
const SAMPLE_BYTES: u64 = 64 << 20;

impl Doctor {
    /// Looks whether Go's build cache tells the truth.
    fn caches(
        &self,
        session: &Session,
        events: &dyn EventSink,
    ) -> Result<Vec<Finding>, Vec<BuildError>> {
        const SUBJECT: &str = "Go's build cache";
        let day = today();
        let order = BuildCacheOrder {
            day,
            packages: SAMPLE_PACKAGES,
            share: CacheShare::Some {
                bytes: SAMPLE_BYTES,
                day,
            },
        };
        let of_error = |error: &BuildError| Finding::of_error(Area::Cache, SUBJECT, error);
        match images::build_cache(session, &self.project, order, events) {
            Ok((_, Some(lie))) => Ok(vec![of_error(&lie)]),
            Ok((cache, None)) => Ok(vec![Finding::ok(Area::Cache, SUBJECT, cache.praise())]),
            Err(errors) if session.is_stopped() => Err(errors),
            Err(errors) => Ok(errors.iter().map(of_error).collect()),
        }
    }

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
        let mut diagnosis =
            wiring::at_bedside(session, &self.project, looking, &*events, pipeline::doctor)?;
        if self.caches {
            diagnosis.findings.extend(self.caches(session, &*events)?);
            diagnosis.findings.sort_by_key(|finding| finding.area);
        }
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
