//! `coracle push`.

use clap::Args;

use crate::plan::Sink;

use super::images;
use super::options::BuildOptions;
use super::session::{Outcome, Session};

/// Flags of `coracle push`.
#[derive(Debug, Args)]
pub(super) struct Push {
    #[command(flatten)]
    options: BuildOptions,
}

impl Push {
    /// Builds the images and publishes them.
    pub(super) fn run(self, session: &Session) -> Outcome {
        images::run(session, &self.options, |_| Sink::Registry)
    }
}
