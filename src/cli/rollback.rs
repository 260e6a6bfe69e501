//! `coracle rollback`.

use clap::Args;

use super::deployed::{Book, Deployed, Readers, told};
use super::options::{ProjectOptions, TimeLimit};
use super::run_history::RunHistory;
use super::session::{Outcome, Session};
use super::telling::Form;
use super::wiring::Deploying;
use crate::config::{EnvironmentName, Overrides};
use crate::deploy::ManifestImages;
use crate::model::{BuildError, Phase};
use crate::pipeline::{self, DeployRequest};
use crate::ports::EventSink;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle rollback                       # where there is one environment
  coracle rollback --env production";

/// Flags of `coracle rollback`.
#[derive(Debug, Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    project: ProjectOptions,
    /// The environment; needed where there are several
    #[arg(long = "env", value_name = "NAME")]
    environment: Option<EnvironmentName>,
    /// Give up after this time, as in 90s or 10m
    #[arg(long, value_name = "DURATION")]
    timeout: Option<TimeLimit>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

impl Rollback {
    /// Brings back what ran before.
    pub(super) fn run(self, session: &Session) -> Outcome {
        session.limit(self.timeout);
        let form = Form::of_flag(self.json);
        let book = Book {
            history: RunHistory::new(session, &self.project, Overrides::default()),
            readers: Readers::All,
        };
        told(session, form, Some(&book), |events| {
            self.roll_back(session, &book, events)
        })
    }

    fn roll_back(&self, session: &Session, book: &Book<'_>, events: &dyn EventSink) -> Deployed {
        let one = |error| vec![error];
        let overrides = Overrides::default();
        let deploying = Deploying::open(session, &self.project, &overrides, events)?;
        book.history.is_of(&deploying.project);
        let named = self.environment.as_slice();
        let environments = deploying.environments(named).map_err(one)?;
        if environments.len() > 1 {
            let names: Vec<&str> = environments.iter().map(|it| it.name.as_str()).collect();
            let error = BuildError::new(Phase::Config, "--env", "there are several environments");
            let names = names.join(", ");
            return Err(one(error.hint(format!("name one with --env: {names}"))));
        }
        let targets = deploying
            .targets(&environments, &ManifestImages::default())
            .map_err(one)?;
        let request = DeployRequest {
            project: &deploying.name,
            images: &[],
            holder: &deploying.holder(),
        };
        Ok(pipeline::roll_back(deploying.ports(), &targets, &request))
    }
}
