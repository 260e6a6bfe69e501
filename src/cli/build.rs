//! `coracle build`.

use clap::Args;

use crate::plan::{Output, Sink};

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle build                          # every image of coracle.toml, to dist/NAME.tar
  coracle build server                   # one of them
  coracle build ./cmd/server             # a main package, with or without a coracle.toml
  coracle build -o layout=dist/oci --platform linux/amd64,linux/arm64
  coracle build --set layers.compression=zstd --dry-run";

/// Flags of `coracle build`.
#[derive(Debug, Args)]
pub(super) struct Build {
    #[command(flatten)]
    options: ImageOptions,
    /// Where the image goes: archive=PATH or layout=DIR, {name} stands for the image's name; may
    /// be given several times
    #[arg(
        short,
        long = "output",
        value_name = "archive=PATH|layout=DIR",
        default_value = "archive=dist/{name}.tar"
    )]
    outputs: Vec<Output>,
}

impl Build {
    /// Builds the images to files.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let outputs = self.outputs;
        images::run(session, &self.options, |folder| Sink::Files {
            outputs,
            folder,
        })
    }
}
