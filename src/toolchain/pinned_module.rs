//! A module whose content is known by its hash.

use std::collections::BTreeSet;
use std::fmt;

use super::{GoSum, H1};
use crate::facts::{GoMod, Replacement};

/// A version of a module, and the hash that its files must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PinnedModule {
    /// Its path.
    pub path: String,
    /// Its version.
    pub version: String,
    /// What go.sum says of its files.
    pub h1: H1,
}

impl PinnedModule {
    /// Returns the modules that `files` name and `sums` has, sorted: since Go 1.17 all that a build
    /// may need, and of workspaces some that it does not.
    pub fn all<'a>(files: impl IntoIterator<Item = &'a GoMod>, sums: &GoSum) -> Vec<Self> {
        let mut found = BTreeSet::new();
        let mut name = |path: &str, version: &str| {
            found.extend(sums.of(path, version).map(|h1| Self {
                path: path.to_owned(),
                version: version.to_owned(),
                h1,
            }));
        };
        for file in files {
            for require in &file.requires {
                name(require.module.as_str(), &require.version);
            }
            for replace in &file.replaces {
                if let Replacement::Module(path, version) = &replace.with {
                    name(path.as_str(), version);
                }
            }
        }
        found.into_iter().collect()
    }

    /// Returns all modules whose files `sums` has, sorted.
    pub fn of_sums(sums: &GoSum) -> Vec<Self> {
        let pinned = sums.usable().map(|(path, version, h1)| Self {
            path: path.to_owned(),
            version: version.to_owned(),
            h1,
        });
        pinned.collect()
    }
}

/// `PATH@VERSION`.
impl fmt::Display for PinnedModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.path, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_or_stands_in_and_has_a_sum_is_pinned() {
        let go_mod = "module m\nrequire (\n a v1.0.0\n b v1.0.0\n c v1.0.0 // indirect\n)\n\
            replace b => d v2.0.0\nreplace e => ../e\n";
        let h1 = "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=";
        let mut sums = GoSum::default();
        for module in ["a v1.0.0", "a v0.9.0", "d v2.0.0", "x v1.0.0"] {
            sums.add(&format!("{module} {h1}\n{module}/go.mod {h1}\n"));
        }
        let pinned = PinnedModule::all(&[go_mod.parse().unwrap()], &sums);
        let names: Vec<String> = pinned.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a@v1.0.0", "d@v2.0.0"]);
        // What nobody may use is not pinned, whatever it hashes to.
        sums.add(&format!("y v1.0.0 {h1}\nz v1.0.0/go.mod {h1}\n"));
        let all = PinnedModule::of_sums(&sums);
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a@v0.9.0", "a@v1.0.0", "d@v2.0.0", "x@v1.0.0"]);
    }
}
