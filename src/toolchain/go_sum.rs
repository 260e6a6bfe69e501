//! go.sum: what the zips of modules hash to.

use std::collections::{BTreeMap, BTreeSet};

use super::H1;

/// What go.sum files say of the content of modules, as far as they have it all: without the line about a
/// module's go.mod the go command uses nothing of it. It compares that file itself, each time that it loads
/// it. What a line has wrong is Go's to judge.
///
/// ```
/// # use coracle::toolchain::GoSum;
/// let mut sums = GoSum::default();
/// sums.add("m v1.0.0 h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=\n\
///           m v1.0.0/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n");
/// assert!(sums.of("m", "v1.0.0").is_some());
/// assert!(sums.of("m", "v1.0.1").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoSum {
    zips: BTreeMap<(String, String), H1>,
    mod_files: BTreeSet<(String, String)>,
}

impl GoSum {
    /// Adds what a file says; of two lines about one module the first counts, as for the go command.
    pub fn add(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [path, version, sum] = words.as_slice() else {
                continue;
            };
            let key = |version: &str| ((*path).to_owned(), version.to_owned());
            if let Some(version) = version.strip_suffix("/go.mod") {
                self.mod_files.insert(key(version));
            } else if let Ok(h1) = sum.parse() {
                self.zips.entry(key(version)).or_insert(h1);
            }
        }
    }

    /// Returns the hash of the module `path` at `version`.
    pub fn of(&self, path: &str, version: &str) -> Option<H1> {
        let key = (path.to_owned(), version.to_owned());
        let h1 = self.zips.get(&key).copied();
        h1.filter(|_| self.mod_files.contains(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_about_a_module_counts_and_wrong_lines_do_not() {
        let (one, two) = (
            "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=",
            "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=",
        );
        let mut sums = GoSum::default();
        sums.add(&format!(
            "m v1.0.0 {one}\nm v1.0.0 {two}\n\nm v1.1.0\nn v1.0.0 h2:x\n"
        ));
        sums.add(&format!("m v1.0.0 {two}\nl v1.0.0 {one}\n"));
        assert_eq!(sums.of("m", "v1.0.0"), None);
        sums.add(&format!("m v1.0.0/go.mod {two}\n"));
        assert_eq!(sums.of("m", "v1.0.0"), Some(one.parse().unwrap()));
        assert_eq!(sums.of("m", "v1.1.0"), None);
        assert_eq!(sums.of("l", "v1.0.0"), None);
        assert_eq!(sums.of("n", "v1.0.0"), None);
    }
}
