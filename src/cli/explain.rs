//! `coracle explain`.

use clap::Args;

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session, print_data};
use super::telling::{Form, fail, json};
use crate::model::{BuildError, ExitCode, Phase};
use crate::report::{Explanation, InputList, write_explanation};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle explain server              # what changed since server was last built
  coracle explain server --inputs     # and each file that it is made from
  coracle explain --json              # of all images, as one document";

/// Flags of `coracle explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    options: ImageOptions,
    /// Name each file that a layer is made from
    #[arg(long)]
    inputs: bool,
}

impl Explain {
    /// Tells why the images would be built anew, or not.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let explanations = match images::explain(session, &self.options) {
            Ok(explanations) => explanations,
            Err(errors) => {
                return fail(session, Form::of_flag(self.options.build.run.json), errors);
            }
        };
        let text = self.text(&explanations).map_err(|error| vec![error])?;
        print_data(&text).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }

    fn text(&self, explanations: &[Explanation]) -> Result<String, BuildError> {
        if self.options.build.run.json {
            return json(&explanations);
        }
        let inputs = if self.inputs {
            InputList::Named
        } else {
            InputList::Counted
        };
        let mut text = Vec::new();
        for explanation in explanations {
            write_explanation(&mut text, explanation, inputs).map_err(|error| {
                BuildError::new(Phase::Report, "", "cannot write the explanation").because(error)
            })?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}
