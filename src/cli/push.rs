//! `coracle push`.

use clap::Args;

use crate::plan::Sink;

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle push                           # every image of coracle.toml, to its repository
  coracle push ./cmd/server --repo registry.example.com/team/server --tag v1.2.3
  coracle push server --json             # one document with digests, sizes and times";

/// Flags of `coracle push`.
#[derive(Debug, Args)]
pub(super) struct Push {
    #[command(flatten)]
    options: ImageOptions,
}

impl Push {
    /// Builds the images and publishes them.
    pub(super) fn run(self, session: &Session) -> Outcome {
        images::run(session, &self.options, |_| Sink::Registry)
    }
}
