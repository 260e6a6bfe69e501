//! Whether a bundle has what a build takes from others.

use std::collections::BTreeSet;

use crate::bundle::{Demand, Manifest, Mismatch};
use crate::facts::{ModuleRole, SourceFacts};
use crate::model::{BuildError, ExitCode, Phase, Platform, SourcePath};
use crate::ports::{SourceTree, SourceTreeError};
use crate::toolchain::{Choice, GoSum};

use super::{Ports, Prepared, PreparedDist};

/// The longest go.sum that is read.
const MAX_SUM_BYTES: u64 = 64 << 20;

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

    fn check(
        &self,
        ports: &Ports<'_>,
        go: &Choice,
        source: &SourceFacts,
        platforms: BTreeSet<&Platform>,
    ) -> Result<(), BuildError> {
        let sums = sums_of(ports.source, source)?;
        let main = source
            .modules
            .iter()
            .filter(|it| it.role == ModuleRole::Main);
        let requires = main.flat_map(|module| &module.go_mod.requires);
        let demand = Demand {
            go: &go.version,
            reason: &go.reason,
            host: self.host,
            platforms,
            requires: requires
                .map(|require| (require.module.to_string(), require.version.clone()))
                .collect(),
            sums: &sums,
            sums_then: &self.sums,
        };
        let checked = self.manifest.check(&demand);
        checked.map_err(|error| unfit(error, self.name, self.manifest))
    }
}

/// Reads the sums of all modules of the source.
///
/// # Errors
/// When a file is there and cannot be read.
pub(super) fn sums_of(tree: &dyn SourceTree, source: &SourceFacts) -> Result<GoSum, BuildError> {
    let modules = source.modules.iter();
    let mains = modules.filter(|module| module.role == ModuleRole::Main);
    let of_modules = mains.map(|module| (module.folder.clone(), "go.sum"));
    let workspace = source.workspace().and_then(SourcePath::parent);
    let of_workspace = workspace.map(|folder| (folder, "go.work.sum"));
    let mut text = String::new();
    for (folder, name) in of_modules.chain(of_workspace) {
        let path = folder.join(name).unwrap_or_default();
        match tree.read(&path, MAX_SUM_BYTES) {
            Ok(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Err(SourceTreeError::Missing(_)) => {}
            Err(error) => {
                let message = "cannot read the file";
                return Err(BuildError::new(Phase::Facts, path, message).because(error));
            }
        }
        text.push('\n');
    }
    Ok(GoSum::parse(&text))
}

/// Returns the error of a build that the bundle of this name does not serve.
pub(super) fn unfit(error: Mismatch, bundle: &str, manifest: &Manifest) -> BuildError {
    let names = |platforms: &[Platform]| -> String {
        let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        names.join(",")
    };
    let with = |all: &[Platform], more: &[Platform]| {
        let all: BTreeSet<&Platform> = all.iter().chain(more).collect();
        names(&all.into_iter().cloned().collect::<Vec<_>>())
    };
    let (hosts, platforms) = (&manifest.hosts, &manifest.platforms);
    let (hosts, platforms) = match &error {
        Mismatch::OtherHost { wanted, .. } => {
            (with(hosts, std::slice::from_ref(wanted)), names(platforms))
        }
        Mismatch::OtherPlatforms { lacks, .. } => (names(hosts), with(platforms, lacks)),
        _ => (names(hosts), names(platforms)),
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
    told.hint(format!(
        "make a new one where there is a network: coracle bundle -o FILE --platform {platforms} --host {hosts}"
    ))
    .because(error)
}
