//! What go.sum says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::H1;

/// The sums of modules, as go.sum and go.work.sum list them. As in the go command, a line that is none is
/// passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoSum(BTreeMap<(String, String), H1>);

impl GoSum {
    /// Reads the lines `MODULE VERSION SUM` of one or more such files.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let (path, version) = (words.next()?.to_owned(), words.next()?.to_owned());
            Some(((path, version), words.next()?.parse().ok()?))
        });
        Self(lines.collect())
    }

    /// Returns the sum of the zip of a module.
    pub fn of_zip(&self, path: &str, version: &str) -> Option<H1> {
        self.0.get(&(path.to_owned(), version.to_owned())).copied()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_found_by_module_and_version_and_what_is_none_is_passed_over() {
        let sum = "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=";
        let text =
            format!("b.com/y v1.0.0/go.mod {sum}\n\nwhat\nx v1 h2:other\na.com/x v1.0.0 {sum}\n");
        let sums = GoSum::parse(&text);
        assert_eq!(sums.of_zip("a.com/x", "v1.0.0"), sum.parse().ok());
        assert_eq!(sums.of_zip("b.com/y", "v1.0.0"), None);
        let sorted = format!("a.com/x v1.0.0 {sum}\nb.com/y v1.0.0/go.mod {sum}\n");
        assert_eq!(sums.to_text(), sorted);
    }
}
