//! Whether a bundle has what a build takes from others.

use std::collections::BTreeSet;

use crate::bundle::{Demand, Manifest, Mismatch};
use crate::facts::{ModuleRole, SourceFacts, Vendoring, sum_text};
use crate::model::{BuildError, ExitCode, ForeignText, Phase, Platform};
use crate::ports::SourceTree;
use crate::toolchain::{Choice, GoSum};

use super::super::{Ports, Prepared, PreparedDist};

/// What the go command says where nobody may be asked.
const NOBODY_ASKED: &str = "disabled by GOPROXY=off";

/// A bundle that a run takes all from.
pub struct BundleInUse<'a> {
    /// Its name, for errors.
    pub name: &'a str,
    /// What it says.
    pub manifest: &'a Manifest,
    /// The sums of the source that it was made for.
    pub sums: GoSum,
    /// This machine.
    pub host: &'a Platform,
}

impl BundleInUse<'_> {
    /// Says whether images can be built with it, before a compiler starts.
    ///
    /// # Errors
    /// When it is made for something else.
    pub fn check_images(&self, ports: &Ports<'_>, prepared: &Prepared) -> Result<(), BuildError> {
        let images = prepared.plan.images.iter();
        let platforms = images.flat_map(|image| &image.platforms);
        let platforms = platforms.map(|settings| &settings.platform).collect();
        self.check(ports, &prepared.go, &prepared.source, platforms)
    }

    /// Says whether plain programs can be built with it.
    ///
    /// # Errors
    /// When it is made for something else.
    pub fn check_programs(
        &self,
        ports: &Ports<'_>,
        prepared: &PreparedDist,
    ) -> Result<(), BuildError> {
        let programs = prepared.plan.programs.iter();
        let platforms = programs.map(|program| &program.target.platform).collect();
        self.check(ports, &prepared.go, &prepared.source, platforms)
    }

    /// Says of failures for want of a module that the bundle lacks it: what nothing was compiled from when
    /// it was made is not in it.
    pub fn explain(&self, errors: Vec<BuildError>, facts: &SourceFacts) -> Vec<BuildError> {
        let is_for_want = |error: &BuildError| {
            let mut causes = error.causes();
            causes.any(|cause| cause.to_string().contains(NOBODY_ASKED))
        };
        let errors = errors.into_iter();
        errors
            .map(|mut error| {
                if !is_for_want(&error) {
                    return error;
                }
                error.phase = Phase::Bundle;
                error.source = error.source.map(|source| self.lacking(facts, source));
                error.hints = vec![anew(
                    self.manifest.hosts.iter(),
                    self.manifest.platforms.iter(),
                )];
                error.exit(ExitCode::Refused)
            })
            .collect()
    }

    /// Names the modules that are imported and not in it, where the go command names only who imports them.
    fn lacking(&self, source: &SourceFacts, cause: Cause) -> Cause {
        let requires = requires_of(source).into_iter();
        let lacking: Vec<String> = requires
            .filter(|(path, version)| {
                source.imports(path) && !self.manifest.has_module(path, version)
            })
            .map(|(path, version)| ForeignText::new(&format!("{path}@{version}")).to_string())
            .collect();
        if lacking.is_empty() {
            return cause;
        }
        Box::new(Lacking {
            modules: lacking.join(", "),
            source: cause,
        })
    }

    fn check(
        &self,
        ports: &Ports<'_>,
        go: &Choice,
        source: &SourceFacts,
        platforms: BTreeSet<&Platform>,
    ) -> Result<(), BuildError> {
        let sums = sums_of(ports.source, source)?;
        let demand = Demand {
            go: &go.version,
            reason: &go.reason,
            host: self.host,
            platforms,
            requires: requires_of(source),
            sums: &sums,
            sums_then: &self.sums,
        };
        let checked = self.manifest.check(&demand);
        checked.map_err(|error| unfit(error, self.name, self.manifest))
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What a bundle lacks, and how that showed.
#[derive(Debug, thiserror::Error)]
#[error("the bundle lacks {modules}")]
struct Lacking {
    modules: String,
    source: Cause,
}

/// Returns what the modules of the source require, each as path and version; nothing, where all of it is
/// vendored: then a bundle has no modules, and a build takes none from it.
fn requires_of(source: &SourceFacts) -> BTreeSet<(String, String)> {
    if matches!(source.vendoring, Vendoring::Used { .. }) {
        return BTreeSet::new();
    }
    let modules = source.modules.iter();
    let mains = modules.filter(|module| module.role == ModuleRole::Main);
    let requires = mains.flat_map(|module| &module.go_mod.requires);
    requires
        .map(|require| (require.module.to_string(), require.version.clone()))
        .collect()
}

/// Reads the sums of all modules of the source.
///
/// # Errors
/// When a file is there and cannot be read.
pub(in crate::pipeline) fn sums_of(
    tree: &dyn SourceTree,
    source: &SourceFacts,
) -> Result<GoSum, BuildError> {
    let text = sum_text(tree, source.workspace(), &source.modules)?;
    Ok(GoSum::parse(&text))
}

/// Returns the error of a build that the bundle of this name does not serve.
pub(super) fn unfit(error: Mismatch, bundle: &str, manifest: &Manifest) -> BuildError {
    let (hosts, platforms) = (manifest.hosts.iter(), manifest.platforms.iter());
    let hint = match &error {
        Mismatch::OtherHost { wanted, .. } => anew(hosts.chain([wanted]), platforms),
        Mismatch::OtherPlatforms { lacks, .. } => anew(hosts, platforms.chain(lacks)),
        _ => anew(hosts, platforms),
    };
    let told = BuildError::new(
        Phase::Bundle,
        bundle,
        "the bundle is made for something else",
    )
    .exit(ExitCode::Refused);
    let told = match &error {
        Mismatch::OtherGo { has, .. } => told.hint(format!(
            "build with the Go that it has: coracle toolchain pin {has}"
        )),
        _ => told,
    };
    told.hint(hint).because(error)
}

/// Returns what makes a bundle for these machines and platforms.
fn anew<'a>(
    hosts: impl Iterator<Item = &'a Platform>,
    platforms: impl Iterator<Item = &'a Platform>,
) -> String {
    let (hosts, platforms) = (joined(hosts), joined(platforms));
    format!(
        "make a new one where there is a network: coracle bundle -o FILE --platform {platforms} --host {hosts}"
    )
}

fn joined<'a>(platforms: impl Iterator<Item = &'a Platform>) -> String {
    let platforms: BTreeSet<&Platform> = platforms.collect();
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    names.join(",")
}
