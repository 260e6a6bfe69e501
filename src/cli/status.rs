//! `coracle status`.

use clap::Args;

use super::deployed::{Deployed, told};
use super::options::ProjectOptions;
use super::session::{Outcome, Session};
use super::telling::Form;
use super::wiring::Deploying;
use crate::config::{EnvironmentName, Overrides};
use crate::deploy::ManifestImages;
use crate::pipeline::{self, Look};
use crate::ports::EventSink;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle status
  coracle status --env production --json
  coracle status --smoke                 # runs the smoke tests again";

/// Flags of `coracle status`.
#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    project: ProjectOptions,
    /// This environment alone; may be given several times
    #[arg(long = "env", value_name = "NAME")]
    environments: Vec<EnvironmentName>,
    /// Try what runs, by the smoke tests of coracle.toml; nothing is changed
    #[arg(long)]
    smoke: bool,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Tells what runs.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let form = Form::of_flag(self.json);
        told(session, form, None, |events| self.look(session, events))
    }

    fn look(&self, session: &Session, events: &dyn EventSink) -> Deployed {
        let one = |error| vec![error];
        let overrides = Overrides::default();
        let deploying = Deploying::open(session, &self.project, &overrides, events)?;
        let environments = deploying.environments(&self.environments).map_err(one)?;
        let targets = deploying
            .targets(&environments, &ManifestImages::default())
            .map_err(one)?;
        let look = if self.smoke { Look::Tried } else { Look::Told };
        Ok(pipeline::status(deploying.ports(), &targets, look))
    }
}
