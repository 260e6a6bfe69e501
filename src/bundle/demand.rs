//! Whether a bundle is made for what is to be built.

use std::collections::BTreeSet;

use super::{BundledBase, EntryName, Manifest, PROXY};
use crate::model::{Digest, ForeignText, GoVersion, Platform, Reference};
use crate::toolchain::{GoSum, escape_module};

/// What a build needs of a bundle.
#[derive(Debug)]
pub struct Demand<'a> {
    /// The release of Go that was decided on.
    pub go: &'a GoVersion,
    /// Why it is this one.
    pub reason: &'a str,
    /// This machine.
    pub host: &'a Platform,
    /// What is built for.
    pub platforms: BTreeSet<&'a Platform>,
    /// The modules that the source requires, each as path and version.
    pub requires: BTreeSet<(String, String)>,
    /// What the source's go.sum files say now.
    pub sums: &'a GoSum,
    /// What they said when the bundle was made.
    pub sums_then: &'a GoSum,
}

/// A base that a build stands on.
#[derive(Debug, Clone, Copy)]
pub struct WantedBase<'a> {
    /// Its name, as it is configured.
    pub reference: &'a Reference,
    /// What it is wanted for; empty means all that it has.
    pub platforms: &'a [Platform],
}

/// Why a bundle does not serve a build.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It has another release of Go.
    #[error("it has Go {has}, and Go {wanted} is what builds this: {reason}")]
    OtherGo {
        /// The release in it.
        has: GoVersion,
        /// The one that was decided on.
        wanted: GoVersion,
        /// Why.
        reason: String,
    },
    /// Its Go runs on other machines.
    #[error("it has no Go for {wanted}, which this machine is, but for {}", list(.has))]
    OtherHost {
        /// This machine.
        wanted: Platform,
        /// The machines that its Go runs on.
        has: Vec<Platform>,
    },
    /// It is made for other platforms.
    #[error("it is not made for {}, but for {}", list(.lacks), list(.has))]
    OtherPlatforms {
        /// Those that it is not made for.
        lacks: Vec<Platform>,
        /// Those that it is made for.
        has: Vec<Platform>,
    },
    /// It lacks modules.
    #[error("it lacks what go.sum has come to name since it was made: {}", .0.join(", "))]
    Modules(Vec<String>),
    /// It lacks a base.
    #[error("it has no base {wanted}{}", others(.has))]
    NoBase {
        /// The base.
        wanted: Box<Reference>,
        /// Those that it has.
        has: Vec<Reference>,
    },
}

impl Manifest {
    /// Says whether the bundle is made for a build.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, demand: &Demand<'_>) -> Result<(), Mismatch> {
        if self.go != *demand.go {
            return Err(Mismatch::OtherGo {
                has: self.go.clone(),
                wanted: demand.go.clone(),
                reason: demand.reason.to_owned(),
            });
        }
        if !self.hosts.contains(demand.host) {
            return Err(Mismatch::OtherHost {
                wanted: demand.host.clone(),
                has: self.hosts.clone(),
            });
        }
        self.check_platforms(demand.platforms.iter().copied())?;
        let lacks = self.lacks(demand);
        if lacks.is_empty() {
            Ok(())
        } else {
            Err(Mismatch::Modules(lacks))
        }
    }

    /// Returns what the configured name of a base meant when the bundle was made.
    ///
    /// # Errors
    /// When it is not in it, or not for what it is wanted for.
    pub fn base(&self, wanted: WantedBase<'_>) -> Result<Digest, Mismatch> {
        let is_it = |base: &&BundledBase| match wanted.reference.digest() {
            Some(digest) => base.digest == digest,
            None => base.reference == *wanted.reference,
        };
        let Some(base) = self.bases.iter().find(is_it) else {
            return Err(Mismatch::NoBase {
                wanted: Box::new(wanted.reference.clone()),
                has: self.bases.iter().map(|it| it.reference.clone()).collect(),
            });
        };
        self.check_platforms(wanted.platforms.iter())?;
        Ok(base.digest)
    }

    /// Tells whether a module is in it.
    pub fn has_module(&self, path: &str, version: &str) -> bool {
        let zip = zip_name(path, version).parse::<EntryName>();
        zip.is_ok_and(|zip| self.files.contains_key(&zip))
    }

    fn check_platforms<'a>(
        &self,
        wanted: impl Iterator<Item = &'a Platform>,
    ) -> Result<(), Mismatch> {
        let is_lacking = |wanted: &&Platform| {
            !self
                .platforms
                .iter()
                .any(|platform| platform.covers(wanted))
        };
        let lacks: Vec<Platform> = wanted.filter(is_lacking).cloned().collect();
        if lacks.is_empty() {
            return Ok(());
        }
        Err(Mismatch::OtherPlatforms {
            lacks,
            has: self.platforms.clone(),
        })
    }

    /// What no program is compiled from is not in a bundle, and go.sum may name it all the same: only
    /// what came to it later counts.
    fn lacks(&self, demand: &Demand<'_>) -> Vec<String> {
        let is_new = |(path, version): &&(String, String)| {
            demand.sums.of_zip(path, version).is_some()
                && demand.sums_then.of_zip(path, version).is_none()
        };
        let new = demand.requires.iter().filter(is_new);
        new.filter(|(path, version)| !self.has_module(path, version))
            .map(|(path, version)| ForeignText::new(&format!("{path}@{version}")).to_string())
            .collect()
    }
}

/// Returns where a bundle has the zip of a module.
fn zip_name(path: &str, version: &str) -> String {
    let (path, version) = (escape_module(path), escape_module(version));
    format!("{PROXY}/{path}/@v/{version}.zip")
}

fn list(platforms: &[Platform]) -> String {
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn others(bases: &[Reference]) -> String {
    if bases.is_empty() {
        return String::new();
    }
    let names: Vec<String> = bases.iter().map(ToString::to_string).collect();
    format!(", but {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::manifest::tests::of_file;
    use super::*;

    const SUM: &str = "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=";

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    /// Returns why a bundle of one module does not serve a build that requires `requires`, for `built`.
    fn refused(go: &str, host: &str, built: &str, requires: &str) -> Option<String> {
        let manifest = of_file("proxy/example.com/!old/@v/v1.0.0.zip", b"");
        let (host, built) = (platform(host), platform(built));
        let then = format!("example.com/Old v1.0.0 {SUM}\nexample.com/test v1.0.0 {SUM}\n");
        let now = format!("{then}example.com/new v1.0.0 {SUM}\nexample.com/Old v1.0.0 {SUM}\n");
        let demand = Demand {
            go: &go.parse().unwrap(),
            reason: "go.mod:3 names it",
            host: &host,
            platforms: BTreeSet::from([&built]),
            requires: BTreeSet::from([(requires.to_owned(), "v1.0.0".to_owned())]),
            sums: &GoSum::parse(&now),
            sums_then: &GoSum::parse(&then),
        };
        manifest.check(&demand).err().map(|it| it.to_string())
    }

    #[test]
    fn a_bundle_serves_what_it_was_made_for() {
        let here = "linux/amd64";
        assert_eq!(refused("1.26.8", here, here, "example.com/Old"), None);
        // It was there when the bundle was made, and nothing is compiled from it.
        assert_eq!(refused("1.26.8", here, here, "example.com/test"), None);
        // Go tells soonest what is not in go.sum at all.
        assert_eq!(refused("1.26.8", here, here, "example.com/unknown"), None);
    }

    #[test]
    fn a_bundle_serves_nothing_else_and_says_what_it_has() {
        let (here, there) = ("linux/amd64", "linux/arm64");
        let text = |it: Option<String>| it.unwrap();
        assert_eq!(
            text(refused("1.26.9", here, here, "example.com/Old")),
            "it has Go 1.26.8, and Go 1.26.9 is what builds this: go.mod:3 names it"
        );
        assert_eq!(
            text(refused("1.26.8", there, here, "example.com/Old")),
            "it has no Go for linux/arm64, which this machine is, but for linux/amd64"
        );
        assert_eq!(
            text(refused("1.26.8", here, there, "example.com/Old")),
            "it is not made for linux/arm64, but for linux/amd64"
        );
        assert_eq!(
            text(refused("1.26.8", here, here, "example.com/new")),
            "it lacks what go.sum has come to name since it was made: example.com/new@v1.0.0"
        );
    }

    #[test]
    fn a_base_is_what_its_name_meant() {
        let manifest = of_file("go.sum", b"");
        let named: Reference = "registry.example.com/base:v1".parse().unwrap();
        let other: Reference = "registry.example.com/other:v1".parse().unwrap();
        let base = |reference, platforms| {
            let wanted = WantedBase {
                reference,
                platforms,
            };
            manifest.base(wanted).map_err(|it| it.to_string())
        };
        assert_eq!(base(&named, &[]), Ok(Digest::of(b"base")));
        assert_eq!(
            base(&other, &[]).unwrap_err(),
            "it has no base registry.example.com/other:v1, but registry.example.com/base:v1"
        );
        assert_eq!(
            base(&named, &[platform("linux/arm64")]).unwrap_err(),
            "it is not made for linux/arm64, but for linux/amd64"
        );
    }
}
