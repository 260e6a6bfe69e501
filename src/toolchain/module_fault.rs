//! A module that is not what go.sum says.

use std::fmt;
use std::io;

use super::{H1, ModulePlace};

/// A module in the module cache whose content cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{harm}")]
pub struct ModuleFault {
    /// What is wrong with it.
    pub harm: ModuleHarm,
    /// Where it is.
    pub place: Box<ModulePlace>,
}

/// Why the content of a module cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModuleHarm {
    /// Its folder in the module cache holds something else.
    #[error("its files were changed after they were downloaded\ngo.sum:       {expected}\nmodule cache: {found}{}", files(.differences))]
    Folder {
        /// What go.sum says.
        expected: H1,
        /// What the folder hashes to.
        found: H1,
        /// What is other than in its zip, sorted; empty where that is not there, or is not whole.
        differences: Vec<FileDifference>,
    },
    /// Its zip in the module cache is another.
    #[error(
        "its zip was changed after it was downloaded\ngo.sum:       {expected}\nmodule cache: {found}"
    )]
    Zip {
        /// What go.sum says.
        expected: H1,
        /// What the zip hashes to.
        found: H1,
    },
    /// Its zip in the module cache cannot be read as one.
    #[error("its zip in the module cache is damaged: {0}")]
    DamagedZip(String),
    /// A file is no file: modules have neither links nor devices.
    #[error("{0} is neither a file nor a folder, and no module holds such a thing")]
    Strange(String),
    /// The disk does not give it.
    #[error("it cannot be read from the module cache: {0}")]
    Unreadable(#[from] io::Error),
}

/// A file that is other than in the zip of its module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileDifference {
    /// Its path in the module.
    pub path: String,
    /// What happened to it.
    pub change: FileChange,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChange {
    /// It is there, with another content.
    Changed,
    /// It is not in the zip.
    Added,
    /// It is in the zip alone.
    Removed,
}

/// How many files an error names.
const MOST_NAMED: usize = 5;

fn files(differences: &[FileDifference]) -> String {
    let mut lines: Vec<String> = differences
        .iter()
        .take(MOST_NAMED)
        .map(|it| format!("\n{it}"))
        .collect();
    if differences.len() > MOST_NAMED {
        lines.push(format!("\nand {} more", differences.len() - MOST_NAMED));
    }
    lines.concat()
}

impl fmt::Display for FileDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.change {
            FileChange::Changed => "changed",
            FileChange::Added => "added",
            FileChange::Removed => "removed",
        };
        write!(f, "{word}: {}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_files_are_named_and_the_others_counted() {
        let h1: H1 = "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM="
            .parse()
            .unwrap();
        let difference = |number| FileDifference {
            path: format!("f{number}.go"),
            change: FileChange::Changed,
        };
        let harm = ModuleHarm::Folder {
            expected: h1,
            found: h1,
            differences: (0..7).map(difference).collect(),
        };
        let text = harm.to_string();
        assert!(text.contains("changed: f4.go\nand 2 more"), "{text}");
        assert!(!text.contains("f5.go"), "{text}");
    }
}
