//! `coracle size`.

use std::path::PathBuf;

use clap::Args;

use super::options::ProjectOptions;
use super::session::{Outcome, Session};
use super::telling::{Form, json, print_or_fail, text};
use super::wiring::ImageShelf;
use crate::model::{BuildError, Platform};
use crate::pipeline::{self, NamedSubject, SizeRequest};
use crate::report::{Rows, write_size};
use crate::size::SymbolLimit;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle size dist/server-linux-amd64
  coracle size server --top 30                # the image that build has put into dist/server.tar
  coracle size dist/server.tar registry.example.com/team/server:v1.2.3
  coracle size app --json | jq '.subjects[0].program.modules'";

/// Flags of `coracle size`.
#[derive(Debug, Args)]
pub(super) struct Size {
    /// A program, or an image: its name in coracle.toml, an archive or a layout, with `:TAG` for one of
    /// several in it, or a reference
    #[arg(value_name = "IMAGE|FILE|BINARY")]
    first: String,
    /// What it is compared with: what grew from the first to the second
    #[arg(value_name = "IMAGE|FILE|BINARY")]
    second: Option<String>,
    /// Show the N largest of each table, and list as many symbols in the document
    #[arg(long, value_name = "N", default_value_t = 15)]
    top: usize,
    /// Look at the image for this platform only, or at this part of a universal program
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Print one JSON document; of a failure, that of build
    #[arg(long)]
    json: bool,
    /// Work as if started in DIR, whose coracle.toml tells about registries
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

impl Size {
    /// Reads what is named, and prints what its bytes are.
    pub(super) fn run(self, session: &Session) -> Outcome {
        print_or_fail(session, Form::of_flag(self.json), self.read(session))
    }

    fn read(&self, session: &Session) -> Result<String, Vec<BuildError>> {
        let one = |error| vec![error];
        let events = session.talker();
        let options = ProjectOptions {
            directory: self.directory.clone(),
            config: None,
        };
        let shelf = ImageShelf::new(session, options, &*events);
        let named = |name| -> Result<NamedSubject<'_>, Vec<BuildError>> {
            let subject = shelf.sized(name)?;
            Ok(NamedSubject { name, subject })
        };
        let first = named(&self.first)?;
        let second = self.second.as_deref().map(named).transpose()?;
        let request = SizeRequest {
            platform: self.platform.as_ref(),
            symbols: SymbolLimit(self.top),
            events: &*events,
            cancellation: &session.cancellation,
        };
        let document = pipeline::size(first, second, &request).map_err(one)?;
        if self.json {
            return json(&document).map_err(one);
        }
        text("the sizes", |to| write_size(to, &document, Rows(self.top))).map_err(one)
    }
}
