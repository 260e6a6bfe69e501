//! `coracle inspect`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::options::ProjectOptions;
use super::session::{Outcome, Session};
use super::signer_options::SignerOptions;
use super::telling::{Form, json, print_or_fail, text};
use super::wiring::{ImageShelf, RegistryReferrers};
use crate::attest::Demand;
use crate::model::{BuildError, Platform, Reference, Repository};
use crate::pipeline::{self, AttachedRequest, FileList, InspectRequest};
use crate::report::{ModuleList, write_inspection};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle inspect dist/server.tar
  coracle inspect dist/oci:v1.2.3 --platform linux/arm64 --files
  coracle inspect registry.example.com/team/server:v1.2.3 --modules";

/// Flags of `coracle inspect`.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The image: a reference, an archive or a layout, with `:TAG` for one of several in it
    #[arg(value_name = "REF|FILE")]
    image: String,
    /// Show this platform only
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<Platform>,
    /// List all files
    #[arg(long)]
    files: bool,
    /// List the modules that are linked into each program
    #[arg(long)]
    modules: bool,
    #[command(flatten)]
    signers: SignerOptions,
    /// Print one JSON document; of a failure, that of build
    #[arg(long)]
    json: bool,
    /// Work as if started in DIR, whose coracle.toml tells about registries
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

impl Inspect {
    /// Reads the image, and prints what is in it.
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
        let reader = shelf.image(&self.image)?;
        let hanging = self.hanging(&shelf)?;
        let request = InspectRequest {
            name: &self.image,
            platform: self.platform.as_ref(),
            files: if self.files {
                FileList::All
            } else {
                FileList::First
            },
            attached: hanging.as_ref().map(|hanging| AttachedRequest {
                referrers: &hanging.referrers,
                repository: &hanging.repository,
                demand: &hanging.demand,
            }),
            events: &*events,
            cancellation: &session.cancellation,
        };
        let inspection = pipeline::inspect(&*reader, &request).map_err(one)?;
        if self.json {
            return json(&inspection).map_err(one);
        }
        let modules = if self.modules {
            ModuleList::Named
        } else {
            ModuleList::Counted
        };
        text("the inspection", |to| {
            write_inspection(to, &inspection, modules)
        })
        .map_err(one)
    }

    /// Returns how what hangs on the image is found and judged; a file has nothing.
    fn hanging<'a>(&self, shelf: &ImageShelf<'a>) -> Result<Option<Hanging<'a>>, Vec<BuildError>> {
        let (true, Ok(reference)) = (
            shelf.is_remote(&self.image),
            self.image.parse::<Reference>(),
        ) else {
            return Ok(None);
        };
        let repository = reference.repository().clone();
        Ok(Some(Hanging {
            referrers: shelf.referrers()?,
            demand: Demand {
                signers: self.signers.signers(shelf, repository.host())?,
                attestations: Vec::new(),
                annotations: BTreeMap::new(),
            },
            repository,
        }))
    }
}

/// How what hangs on an image is found and judged.
struct Hanging<'a> {
    referrers: RegistryReferrers<'a>,
    repository: Repository,
    demand: Demand,
}
