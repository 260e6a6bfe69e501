//! `coracle verify`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::options::ProjectOptions;
use super::rebuild::Rebuild;
use super::session::{Outcome, Session, print_data};
use super::signer_options::SignerOptions;
use super::telling::{Form, fail, json, text};
use super::wiring::ImageShelf;
use crate::attest::{Demand, PredicateType, Proven, Provenance};
use crate::model::{BuildError, ExitCode, Phase, Reference};
use crate::pipeline::{self, BaseDemand, Verified, VerifyRequest};
use crate::report::{Verification, write_verification};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle verify registry.example.com/team/server:v1.2.3 --key coracle.pub
  coracle verify registry.example.com/team/server:v1.2.3 --key env://PUBLIC_KEY --require spdx,provenance
  coracle verify registry.example.com/team/server:v1.2.3 --key coracle.pub --rebuild --source .
  coracle verify registry.example.com/team/server:v1.2.3 --identity https://github.com/team/server/.github/workflows/release.yml@refs/heads/main --issuer https://token.actions.githubusercontent.com";

/// Flags of `coracle verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The image
    #[arg(value_name = "REF")]
    image: Reference,
    #[command(flatten)]
    signers: SignerOptions,
    /// What must hold beside the signature: spdx, cyclonedx, provenance, policy or a URI, which must be
    /// attested; base, which must be there and below the image
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    require: Vec<Required>,
    /// What the signature must say; may be given several times
    #[arg(short, long = "annotation", value_name = "KEY=VALUE", value_parser = pair)]
    annotations: Vec<(String, String)>,
    /// Leave the base alone, so that its registry is not asked
    #[arg(long)]
    skip_base: bool,
    /// Build it again by what its provenance says, in a clean place, and compare: from the repository
    /// at hand, where that has the commit, else from where the provenance says that the source is
    #[arg(long)]
    rebuild: bool,
    /// A folder in a repository that has the source
    #[arg(long, value_name = "DIR", requires = "rebuild")]
    source: Option<PathBuf>,
    /// Print one JSON document; of a failure, that of build
    #[arg(long)]
    json: bool,
    /// Work as if started in DIR, whose coracle.toml tells about registries
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

/// What must hold beside the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Required {
    /// That it stands on the base that it names.
    Base,
    /// That something is attested.
    Attestation(PredicateType),
}

impl Verify {
    /// Checks the image, and prints what holds.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let form = Form::of_flag(self.json);
        let verified = match self.verify(session) {
            Ok(verified) => verified,
            Err(errors) => return fail(session, form, errors),
        };
        let text = match form {
            Form::Json => json(&verified),
            Form::Text => text("what was verified", |to| write_verification(to, &verified)),
        };
        let text = text.map_err(|error| vec![error])?;
        print_data(&text).map_err(|error| vec![error])?;
        let rebuilt = verified.rebuilt.as_ref();
        match rebuilt.filter(|rebuilt| rebuilt.comparison.is_some()) {
            None => Ok(ExitCode::Done),
            Some(rebuilt) => Err(vec![BuildError::new(
                Phase::Verify,
                &self.image,
                format!("built again, it is another: {}", rebuilt.digest),
            )]),
        }
    }

    fn verify(&self, session: &Session) -> Result<Verification, Vec<BuildError>> {
        let events = session.talker();
        let options = ProjectOptions {
            directory: self.directory.clone(),
            config: None,
        };
        let shelf = ImageShelf::new(session, options, &*events);
        let name = self.image.to_string();
        let request = VerifyRequest {
            name: &name,
            repository: self.image.repository(),
            demand: &self.demand(&shelf)?,
            base: self.base_demand(),
            bases: &*shelf.bases()?,
            events: &*events,
            cancellation: &session.cancellation,
        };
        let (reader, referrers) = (shelf.image(&name)?, shelf.referrers()?);
        let Verified { mut found, proven } = pipeline::verify(&*reader, &referrers, &request)?;
        if self.rebuild {
            let rebuild = Rebuild {
                session,
                name: &name,
                image: &*reader,
                digest: &found.digest,
                provenance: &provenance(&name, &proven).map_err(|error| vec![error])?,
                folder: shelf.folder_of(self.source.as_deref()),
                events: &*events,
            };
            found.rebuilt = Some(rebuild.run()?);
        }
        Ok(found)
    }

    fn demand(&self, shelf: &ImageShelf<'_>) -> Result<Demand, Vec<BuildError>> {
        let host = self.image.repository().host();
        let signers = self.signers.signers(shelf, host)?;
        if signers.is_empty() {
            let error = BuildError::new(
                Phase::Config,
                &self.image,
                "nobody says who must have signed it",
            );
            return Err(vec![
                error
                    .hint(format!(
                        "name a key: --key coracle.pub, or [registries.\"{host}\"] verify in coracle.toml"
                    ))
                    .hint("or an identity: --identity ID --issuer URL"),
            ]);
        }
        let required = self.require.iter().filter_map(|it| match it {
            Required::Base => None,
            Required::Attestation(kind) => Some(kind.clone()),
        });
        let provenance = self.rebuild.then(|| PredicateType::of_name("provenance"));
        Ok(Demand {
            signers,
            attestations: required.chain(provenance).collect(),
            annotations: self.annotations.iter().cloned().collect(),
        })
    }

    fn base_demand(&self) -> BaseDemand {
        if self.require.contains(&Required::Base) {
            BaseDemand::Holds
        } else if self.skip_base {
            BaseDemand::Nothing
        } else {
            BaseDemand::HoldsIfThere
        }
    }
}

impl FromStr for Required {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "base" => Self::Base,
            kind => Self::Attestation(PredicateType::of_name(kind)),
        })
    }
}

/// Returns the provenance that coracle wrote, of what holds.
fn provenance(name: &str, proven: &[Proven]) -> Result<Provenance, BuildError> {
    let kind = PredicateType::of_name("provenance");
    let mut why = None;
    for proven in proven
        .iter()
        .filter(|it| it.statement.predicate_type == kind)
    {
        match Provenance::parse(&proven.statement.predicate) {
            Ok(provenance) => return Ok(provenance),
            Err(error) => why = Some(error),
        }
    }
    let wrong = BuildError::new(
        Phase::Verify,
        name,
        "it cannot be built again by what its provenance says",
    );
    Err(match why {
        Some(error) => wrong.because(error),
        None => wrong,
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("expected KEY=VALUE, found {text:?}"))?;
    Ok((key.to_owned(), value.to_owned()))
}
