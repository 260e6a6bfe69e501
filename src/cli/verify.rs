//! `coracle verify`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::identity_options::IdentityOptions;
use super::options::ProjectOptions;
use super::session::{Outcome, Session, print_data};
use super::telling::{Form, fail, json};
use super::wiring;
use crate::attest::keyless::Signatory;
use crate::attest::{Demand, PredicateType, PublicKey};
use crate::config::KeySource;
use crate::model::{BuildError, ExitCode, ForeignText, Reference};
use crate::pipeline::{self, Verified, VerifyRequest};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle verify registry.example.com/team/server:v1.2.3 --key coracle.pub
  coracle verify registry.example.com/team/server:v1.2.3 --key env://PUBLIC_KEY --require spdx,provenance
  coracle verify registry.example.com/team/server:v1.2.3 --identity https://github.com/team/server/.github/workflows/release.yml@refs/heads/main --issuer https://token.actions.githubusercontent.com";

/// Flags of `coracle verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The image
    #[arg(value_name = "REF")]
    image: Reference,
    /// A public key that may have signed it: a file of PEM, or `env://NAME`; may be given several times
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<KeySource>,
    #[command(flatten)]
    identity: IdentityOptions,
    /// What must be attested beside the signature: spdx, cyclonedx, provenance, policy, or a URI
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    require: Vec<String>,
    /// What the signature must say; may be given several times
    #[arg(short, long = "annotation", value_name = "KEY=VALUE", value_parser = pair)]
    annotations: Vec<(String, String)>,
    /// Print one JSON document; of a failure, that of build
    #[arg(long)]
    json: bool,
    /// Work as if started in DIR, whose coracle.toml tells about registries
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    image: String,
    digest: String,
    statements: Vec<Said>,
}

#[derive(Serialize)]
struct Said {
    kind: String,
    predicate_type: String,
    found_in: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    annotations: BTreeMap<String, String>,
}

/// Who signed without a key.
#[derive(Serialize)]
struct By {
    identity: String,
    issuer: String,
}

impl From<Signatory> for By {
    fn from(Signatory { identity, issuer }: Signatory) -> Self {
        Self { identity, issuer }
    }
}

impl Verify {
    /// Checks the image, and prints what holds.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let form = Form::of_flag(self.json);
        let verified = match self.verify(session) {
            Ok(verified) => verified,
            Err(errors) => return fail(session, form, errors),
        };
        let report = self.report(&verified);
        let text = match form {
            Form::Json => json(&report).map_err(|error| vec![error])?,
            Form::Text => report.text(),
        };
        print_data(&text).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }

    fn verify(&self, session: &Session) -> Result<Verified, Vec<BuildError>> {
        let one = |error| vec![error];
        let events = session.talker();
        let options = ProjectOptions {
            directory: self.directory.clone(),
            config: None,
        };
        let demand = self.demand(session, &options)?;
        let shelf = wiring::ImageShelf::new(session, options, &*events);
        let name = self.image.to_string();
        let request = VerifyRequest {
            name: &name,
            repository: self.image.repository(),
            demand: &demand,
            events: &*events,
        };
        let (reader, referrers) = (shelf.image(&name)?, shelf.referrers()?);
        pipeline::verify(&*reader, &referrers, &request).map_err(one)
    }

    fn demand(
        &self,
        session: &Session,
        options: &ProjectOptions,
    ) -> Result<Demand, Vec<BuildError>> {
        let folder = session
            .host
            .cwd
            .join(self.directory.clone().unwrap_or_default());
        let keys = self.keys.iter();
        let keys = keys.map(|source| wiring::public_key(session, source, &folder));
        let keys: Vec<PublicKey> = keys
            .collect::<Result<_, _>>()
            .map_err(|error| vec![error])?;
        let kinds = self.require.iter();
        Ok(Demand {
            identities: self.identity.demands(session, options, &keys)?,
            keys,
            attestations: kinds.map(|name| PredicateType::of_name(name)).collect(),
            annotations: self.annotations.iter().cloned().collect(),
        })
    }

    fn report(&self, verified: &Verified) -> Report {
        let proven = verified.findings.proven.iter();
        Report {
            image: self.image.to_string(),
            digest: verified.digest.to_string(),
            statements: proven
                .map(|it| Said {
                    kind: it.statement.predicate_type.short_name().to_owned(),
                    predicate_type: it.statement.predicate_type.as_str().to_owned(),
                    found_in: it.found_in.to_string(),
                    by: it.signatory.clone().map(By::from),
                    annotations: it.statement.subject.annotations.clone(),
                })
                .collect(),
        }
    }
}

impl Report {
    fn text(&self) -> String {
        let mut text = format!("{}\n", self.digest);
        for said in &self.statements {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:12}{}", said.kind, said.found_in);
            if let Some(By { identity, issuer }) = &said.by {
                let by = ForeignText::new(&format!("by {identity} of {issuer}"));
                let _ = writeln!(text, "            {by}");
            }
            for (key, value) in &said.annotations {
                let _ = writeln!(text, "            {key}={value}");
            }
        }
        text
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("expected KEY=VALUE, found {text:?}"))?;
    Ok((key.to_owned(), value.to_owned()))
}
