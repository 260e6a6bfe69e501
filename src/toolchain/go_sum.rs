//! go.sum: what modules and their go.mod files hash to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::H1;
use crate::facts::{KnownSums, Sum};

/// What a version ends with where the line is about the go.mod of a module.
const GO_MOD: &str = "/go.mod";

/// What go.sum and go.work.sum files say. As in the go command, a line that is none is passed over, and of
/// two about one thing the first counts.
///
/// ```
/// # use coracle::toolchain::GoSum;
/// let sums = GoSum::parse(
///     "m v1.0.0 h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=\n\
///      m v1.0.0/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n",
/// );
/// assert!(sums.of("m", "v1.0.0").is_some());
/// assert!(sums.of("m", "v1.0.1").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoSum(BTreeMap<(String, String), H1>);

impl GoSum {
    /// Reads the lines `MODULE VERSION SUM` of one or more such files.
    pub fn parse(text: &str) -> Self {
        let mut sums = Self::default();
        sums.add(text);
        sums
    }

    /// Adds what a further file says.
    pub fn add(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [path, version, sum] = words.as_slice()
                && let Ok(h1) = sum.parse()
            {
                let key = ((*path).to_owned(), (*version).to_owned());
                self.0.entry(key).or_insert(h1);
            }
        }
    }

    /// Returns the sum of the zip of a module that may be used: without the line about its go.mod, which
    /// the go command compares itself each time that it loads it, nothing of it is.
    pub fn of(&self, path: &str, version: &str) -> Option<H1> {
        let zip = self.of_zip(path, version);
        zip.filter(|_| self.of_zip(path, &format!("{version}{GO_MOD}")).is_some())
    }

    /// Returns the sum of the zip of a module.
    pub fn of_zip(&self, path: &str, version: &str) -> Option<H1> {
        self.0.get(&(path.to_owned(), version.to_owned())).copied()
    }

    /// Returns path, version and sum of all modules whose zips may be used, as [`GoSum::of`] has them, sorted.
    pub fn usable(&self) -> impl Iterator<Item = (&str, &str, H1)> {
        let modules = self.0.keys();
        modules.filter_map(|(path, version)| {
            Some((path.as_str(), version.as_str(), self.of(path, version)?))
        })
    }

    /// Returns the lines, sorted.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for ((path, version), sum) in &self.0 {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{path} {version} {sum}");
        }
        text
    }
}

impl KnownSums for GoSum {
    fn sum(&self, path: &str, version: &str) -> Sum {
        if self.of(path, version).is_some() {
            Sum::Known
        } else if self.of_zip(path, &format!("{version}{GO_MOD}")).is_some() {
            Sum::GoModOnly
        } else {
            Sum::Missing
        }
    }

    fn zips(&self) -> Vec<(&str, &str)> {
        let all = self.0.keys();
        let all = all.map(|(path, version)| (path.as_str(), version.as_str()));
        all.filter(|(_, version)| !version.ends_with(GO_MOD))
            .collect()
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
        let mut sums = GoSum::parse(&format!(
            "m v1.0.0 {one}\nm v1.0.0 {two}\n\nm v1.1.0\nn v1.0.0 h2:x\n"
        ));
        sums.add(&format!("m v1.0.0 {two}\nl v1.0.0 {one}\n"));
        assert_eq!(sums.of("m", "v1.0.0"), None);
        assert_eq!(sums.of_zip("m", "v1.0.0"), Some(one.parse().unwrap()));
        sums.add(&format!("m v1.0.0/go.mod {two}\n"));
        assert_eq!(sums.of("m", "v1.0.0"), Some(one.parse().unwrap()));
        assert_eq!(sums.of("m", "v1.1.0"), None);
        assert_eq!(sums.sum("m", "v1.0.0"), Sum::Known);
        assert_eq!(sums.sum("l", "v1.0.0"), Sum::Missing);
        assert_eq!(sums.zips(), [("l", "v1.0.0"), ("m", "v1.0.0")]);
        assert_eq!(sums.of("l", "v1.0.0"), None);
        assert_eq!(sums.of("n", "v1.0.0"), None);
        let sorted = format!("l v1.0.0 {one}\nm v1.0.0 {one}\nm v1.0.0/go.mod {two}\n");
        assert_eq!(sums.to_text(), sorted);
    }
}
