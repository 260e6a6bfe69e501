//! `coracle diff`.

use std::path::PathBuf;

use clap::Args;

use super::options::ProjectOptions;
use super::session::{Outcome, Session, print_data};
use super::telling::{Form, fail, json, text};
use super::wiring::ImageShelf;
use crate::compare::{Comparison, DifferenceList};
use crate::model::{BuildError, ExitCode, Platform};
use crate::pipeline::{self, DiffRequest, NamedImage};
use crate::report::write_comparison;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle diff dist/server.tar registry.example.com/team/server:v1.2.3
  coracle diff dist/oci:v1 dist/oci:v2 --platform linux/arm64 --all
  coracle diff app.tar registry.example.com/app:v1 --json | jq -r .first.cause";

/// Flags of `coracle diff`.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// An image: a reference, an archive or a layout, with `:TAG` for one of several in it
    #[arg(value_name = "A")]
    a: String,
    /// The image that it is compared with
    #[arg(value_name = "B")]
    b: String,
    /// Compare the images for this platform only
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// List all differences, not the first few of each cause
    #[arg(long)]
    all: bool,
    /// Print one JSON document; of a failure, that of build
    #[arg(long)]
    json: bool,
    /// Work as if started in DIR, whose coracle.toml tells about registries
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

impl Diff {
    /// Compares the images, and prints in what they differ.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let (text, code) = match self.compare(session) {
            Ok(compared) => compared,
            Err(errors) => {
                let errors = errors.into_iter().map(not_compared).collect();
                return fail(session, Form::of_flag(self.json), errors);
            }
        };
        print_data(&text).map_err(|error| vec![error])?;
        Ok(code)
    }

    fn compare(&self, session: &Session) -> Result<(String, ExitCode), Vec<BuildError>> {
        let one = |error| vec![error];
        let events = session.talker();
        let options = ProjectOptions {
            directory: self.directory.clone(),
            config: None,
        };
        let shelf = ImageShelf::new(session, options, &*events);
        let (a, b) = (
            shelf.verified_image(&self.a)?,
            shelf.verified_image(&self.b)?,
        );
        let named = |name, reader| NamedImage { name, reader };
        let request = DiffRequest {
            platform: self.platform.as_ref(),
            list: if self.all {
                DifferenceList::All
            } else {
                DifferenceList::First
            },
            scratch: &shelf.scratch().map_err(one)?,
            events: &*events,
            cancellation: &session.cancellation,
        };
        let comparison = pipeline::diff(named(&self.a, &*a), named(&self.b, &*b), &request);
        let comparison = comparison.map_err(one)?;
        let code = if comparison.same {
            ExitCode::Done
        } else {
            ExitCode::Refused
        };
        Ok((self.text(&comparison).map_err(one)?, code))
    }

    fn text(&self, comparison: &Comparison) -> Result<String, BuildError> {
        if self.json {
            return json(comparison);
        }
        text("the comparison", |to| write_comparison(to, comparison))
    }
}

/// Exit code 1 says that both images were read, and differ.
fn not_compared(error: BuildError) -> BuildError {
    match error.exit_code() {
        ExitCode::Refused => error.exit(ExitCode::Usage),
        _ => error,
    }
}
