//! `coracle sbom`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::ProjectOptions;
use super::session::{Outcome, Session, print_data};
use super::telling::{Form, fail};
use super::wiring;
use crate::attest::sbom::{cyclonedx, spdx};
use crate::model::{BuildError, ExitCode, Platform, Reference};
use crate::pipeline::{self, Licences, SbomRequest};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle sbom dist/server.tar
  coracle sbom registry.example.com/team/server:v1.2.3 --format cyclonedx -o server.cdx.json
  coracle sbom dist/oci:v1.2.3 --platform linux/arm64";

/// Flags of `coracle sbom`.
#[derive(Debug, Args)]
pub(super) struct Sbom {
    /// The image: a reference, an archive or a layout, with `:TAG` for one of several in it
    #[arg(value_name = "REF|FILE")]
    image: String,
    /// The form of the document
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Describe this platform only
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Work as if started in DIR, whose coracle.toml tells about registries
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

/// The form of a bill of materials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// SPDX 2.3, in JSON
    #[default]
    Spdx,
    /// CycloneDX 1.6, in JSON
    Cyclonedx,
}

impl Sbom {
    /// Reads the image, and prints what it consists of.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let document = match self.document(session) {
            Ok(document) => document,
            Err(errors) => return fail(session, Form::Text, errors),
        };
        let written = match &self.output {
            Some(path) => {
                let folder = session.host.cwd.join(self.directory.unwrap_or_default());
                wiring::write_document(&folder.join(path), &document)
            }
            None => print_data(&format!("{}\n", String::from_utf8_lossy(&document))),
        };
        written.map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }

    fn document(&self, session: &Session) -> Result<Vec<u8>, Vec<BuildError>> {
        let one = |error| vec![error];
        let events = session.talker();
        let options = ProjectOptions {
            directory: self.directory.clone(),
            config: None,
        };
        let shelf = wiring::ImageShelf::new(session, options, &*events);
        let reader = shelf.verified_image(&self.image)?;
        let reference: Option<Reference> = self.image.parse().ok();
        let modules = shelf.modules().map_err(one)?;
        let licences = Licences::new(&modules).map_err(one)?;
        let request = SbomRequest {
            name: &self.image,
            platform: self.platform.as_ref(),
            repository: reference.as_ref().filter(|_| shelf.is_remote(&self.image)),
            licences: &licences,
            events: &*events,
            cancellation: &session.cancellation,
        };
        let inventory = pipeline::sbom(&*reader, &request).map_err(one)?;
        Ok(match self.format {
            Format::Spdx => spdx(&inventory),
            Format::Cyclonedx => cyclonedx(&inventory),
        })
    }
}
