//! The gate: what may go into images, looked at from all sides at once.

mod gate;
mod modules;
mod programs;
mod programs_gate;
mod same_source;
mod scanner_go;
mod source;
mod vulnerabilities;

pub use gate::GateOrder;
pub(super) use gate::{Gate, Passage};
pub(super) use programs::Compiled;
pub(super) use programs_gate::ProgramsGate;
use scanner_go::ScannerGo;

use crate::config::{BaseChoice, PlatformChoice, PolicyConfig, UserChoice};
use crate::model::{BuildError, Platform, Timestamp, crew};
use crate::plan::{Batch, Sink};
use crate::policy::{Finding, Vulnerability};
use crate::ports::Thoroughness;
use crate::toolchain::Toolchain;

use super::prepare::{Request, survey};
use super::source_place::SourcePlace;
use super::{Ports, Prepared, toolchain};

/// What is asked of a check beside the names of images.
pub struct CheckOrder<'a> {
    /// The commit since which new modules are shown, where one is named.
    pub since: Option<&'a str>,
    /// What the time is: exceptions end.
    pub now: Timestamp,
    /// What is read of modules that were compared with go.sum before; nothing where the compiler's are
    /// compared anyway.
    pub thoroughness: Option<Thoroughness>,
}

/// What a check has found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The images that were looked at.
    pub images: Vec<String>,
    /// How many modules of others are used.
    pub modules: usize,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why.
    pub errors: Vec<BuildError>,
    /// Where the source lies in its repository.
    pub place: SourcePlace,
    /// What is known to be vulnerable, before it was judged; `None` where not all could be looked at.
    vulnerabilities: Option<Vec<Vulnerability>>,
}

/// Holds the images that `request` names, and all that they are made of, to the rules. Nothing is built,
/// and what cannot be looked at loses nothing of the rest.
///
/// # Errors
/// Every reason why nothing could be built either.
pub fn check(
    ports: &Ports<'_>,
    request: &Request<'_>,
    sink: Sink,
    order: &CheckOrder<'_>,
) -> Result<Checked, Vec<BuildError>> {
    let prepared = survey(ports, request, sink)?;
    judge(ports, request, order, &prepared)
}

/// As [`check`], of plain programs that are compiled as `batches`: nothing is looked at that only an image
/// has, such as a base and what is copied.
///
/// # Errors
/// As for [`check`].
fn check_programs(
    ports: &Ports<'_>,
    request: &Request<'_>,
    batches: &[Batch],
    order: &CheckOrder<'_>,
) -> Result<Checked, Vec<BuildError>> {
    let mut config = request.config.clone();
    for image in config.images.values_mut().chain([&mut config.defaults]) {
        image.base = BaseChoice::Scratch;
        image.platforms = PlatformChoice::Listed(vec![Platform::linux_amd64()]);
        image.user = UserChoice::NONROOT;
        image.files.clear();
    }
    let request = Request {
        config: &config,
        ..*request
    };
    let nowhere = Sink::Files {
        outputs: Vec::new(),
        folder: request.root.to_owned(),
    };
    let mut prepared = survey(ports, &request, nowhere)?;
    prepared.plan.batches = batches.to_vec();
    judge(ports, &request, order, &prepared)
}

fn judge(
    ports: &Ports<'_>,
    request: &Request<'_>,
    order: &CheckOrder<'_>,
    prepared: &Prepared,
) -> Result<Checked, Vec<BuildError>> {
    let toolchain = toolchain::obtain(ports.toolchains, ports.events, &prepared.go)
        .map_err(|error| vec![error])?;
    let default = PolicyConfig::default();
    let check = Check {
        ports,
        request,
        order,
        prepared,
        toolchain: &toolchain,
        scanner_go: &ScannerGo::new(ports.toolchains),
        policy: request.config.policy.as_ref().unwrap_or(&default),
    };
    Ok(check.all())
}

/// A check on its way.
struct Check<'a> {
    ports: &'a Ports<'a>,
    request: &'a Request<'a>,
    order: &'a CheckOrder<'a>,
    prepared: &'a Prepared,
    toolchain: &'a Toolchain,
    scanner_go: &'a ScannerGo<'a>,
    policy: &'a PolicyConfig,
}

/// What one look has come to.
#[derive(Default)]
struct Looked {
    findings: Vec<Finding>,
    errors: Vec<BuildError>,
    modules: usize,
    vulnerabilities: Option<Vec<Vulnerability>>,
}

type Look<'a> = fn(&Check<'a>) -> Looked;

impl<'a> Check<'a> {
    /// Looks from all sides at once: most of them wait for a go command.
    fn all(&self) -> Checked {
        let looks: [Look<'a>; 7] = [
            Self::source,
            Self::checksums,
            Self::bases,
            Self::modules,
            Self::tidiness,
            Self::vet,
            Self::vulnerabilities,
        ];
        let looked = crew::all(looks.len(), &looks, |look| look(self));
        let images = self.prepared.plan.images.iter();
        let mut checked = Checked {
            images: images.map(|image| image.name.to_string()).collect(),
            place: SourcePlace::new(self.ports.git.map(|git| git.roots().clone())),
            ..Checked::default()
        };
        for look in looked {
            checked.findings.extend(look.findings);
            checked.errors.extend(look.errors);
            checked.modules = checked.modules.max(look.modules);
            checked.vulnerabilities = checked.vulnerabilities.or(look.vulnerabilities);
        }
        checked.findings.sort();
        checked.findings.dedup();
        checked
    }
}

impl Looked {
    /// Takes what a part of the look has come to.
    fn add(&mut self, part: Result<Vec<Finding>, BuildError>) {
        match part {
            Ok(findings) => self.findings.extend(findings),
            Err(error) => self.errors.push(error),
        }
    }
}

impl From<Result<Vec<Finding>, BuildError>> for Looked {
    fn from(part: Result<Vec<Finding>, BuildError>) -> Self {
        let mut looked = Self::default();
        looked.add(part);
        looked
    }
}
