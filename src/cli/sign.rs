//! `coracle sign` and `coracle attest`, which have most in common.
#![expect(
    clippy::disallowed_methods,
    reason = "a predicate is a file that a flag names"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::options::ProjectOptions;
use super::session::{Outcome, Session, print_data};
use super::wiring;
use crate::attest::PredicateType;
use crate::config::{KeySource, SignatureFormat};
use crate::model::{BuildError, Digest, ExitCode, Phase, Reference};
use crate::pipeline::{self, ImageThere, Signing};

/// What help shows last.
pub(super) const SIGN_EXAMPLES: &str = "\
Examples:
  coracle sign registry.example.com/team/server:v1.2.3 --key coracle.key
  coracle sign registry.example.com/team/server:v1.2.3 --format bundle,classic    # with the key of [sign], or CORACLE_KEY";

/// What help shows last.
pub(super) const ATTEST_EXAMPLES: &str = "\
Examples:
  coracle attest registry.example.com/team/server:v1.2.3 --type openvex --predicate vex.json
  coracle attest registry.example.com/team/server:v1 --type https://example.com/review/v1 --predicate review.json";

/// Flags of `coracle sign`.
#[derive(Debug, Args)]
pub(super) struct Sign {
    #[command(flatten)]
    with: SignWith,
    /// How signatures are written: bundle, classic; the default is that of [sign], else bundle
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    format: Vec<SignatureFormat>,
}

/// Flags of `coracle attest`.
#[derive(Debug, Args)]
pub(super) struct Attest {
    #[command(flatten)]
    with: SignWith,
    /// What is said: spdx, cyclonedx, provenance, policy, openvex, vuln, or a URI
    #[arg(long = "type", value_name = "TYPE")]
    predicate_type: String,
    /// A file of JSON that says it
    #[arg(long, value_name = "FILE")]
    predicate: PathBuf,
}

/// An image that is there, and who signs.
#[derive(Debug, Args)]
struct SignWith {
    /// The image
    #[arg(value_name = "REF")]
    image: Reference,
    /// The private key: a file of PEM, or `env://NAME`; the default is that of [sign], or `CORACLE_KEY`
    #[arg(long, value_name = "KEY")]
    key: Option<KeySource>,
    #[command(flatten)]
    project: ProjectOptions,
}

impl Sign {
    /// Signs the image, and prints its digest.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let formats: BTreeSet<SignatureFormat> = self.format.iter().copied().collect();
        self.with.run(session, formats, &|image, signing| {
            pipeline::sign_there(image, signing)
        })
    }
}

impl Attest {
    /// Hangs the statement onto the image, and prints the image's digest.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let predicate = self.predicate(session).map_err(|error| vec![error])?;
        let predicate_type = PredicateType::of_name(&self.predicate_type);
        self.with.run(session, BTreeSet::new(), &|image, signing| {
            pipeline::attest_there(image, signing, predicate_type.clone(), predicate.clone())
        })
    }

    fn predicate(&self, session: &Session) -> Result<Value, BuildError> {
        let folder = self.with.project.directory.clone().unwrap_or_default();
        let path = session.host.cwd.join(folder).join(&self.predicate);
        let wrong = || {
            BuildError::new(
                Phase::Attest,
                self.predicate.display(),
                "cannot use this predicate",
            )
            .exit(ExitCode::Usage)
        };
        let bytes = fs::read(&path).map_err(|error| wrong().because(error))?;
        serde_json::from_slice(&bytes).map_err(|error| wrong().because(error))
    }
}

impl SignWith {
    fn run(
        &self,
        session: &Session,
        formats: BTreeSet<SignatureFormat>,
        work: &dyn Fn(&ImageThere<'_>, &Signing<'_>) -> Result<Digest, BuildError>,
    ) -> Outcome {
        let one = |error| vec![error];
        let events = session.talker();
        let shelf = wiring::ImageShelf::new(session, self.project.clone(), &*events);
        let name = self.image.to_string();
        // First, so that no helper of a registry is told the key.
        let signers = shelf.signers(self.key.clone(), formats)?;
        let reader = shelf.image(&name)?;
        let image = ImageThere {
            name: &name,
            repository: self.image.repository(),
            reader: &*reader,
            events: &*events,
        };
        let digest = work(&image, &signers.signing()).map_err(one)?;
        print_data(&format!("{}@{digest}\n", self.image.repository())).map_err(one)?;
        Ok(ExitCode::Done)
    }
}
