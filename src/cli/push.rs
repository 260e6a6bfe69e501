//! `coracle push`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::plan::Sink;

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session};
use super::wiring::ReportFile;

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
    /// Write the report that --json prints to FILE too, for coracle deploy --pushed FILE
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    report: Option<PathBuf>,
}

impl Push {
    /// Builds the images and publishes them.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let to_registry = |_| Sink::Registry;
        let Some(report) = self.report.filter(|_| !self.options.build.dry_run) else {
            return images::run(session, &self.options, to_registry);
        };
        let folder = self.options.build.project.directory.as_deref();
        let folder = session.host.cwd.join(folder.unwrap_or(Path::new("")));
        let report = ReportFile::begin(folder.join(report)).map_err(|error| vec![error])?;
        images::run_reported(session, &self.options, to_registry, &report)
    }
}
