//! Ranges of versions.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::text_value::written_as_text;
use crate::model::ModuleVersion;

/// A range of versions: comparisons that all must hold, separated by commas. Missing numbers are zeros,
/// and a version that names a commit lies where Go's own order has it.
///
/// ```
/// # use coracle::config::VersionRange;
/// let range: VersionRange = ">=1, <2".parse().unwrap();
/// assert!(range.holds(&"v1.9.3".parse().unwrap()));
/// assert!(!range.holds(&"v2.0.0".parse().unwrap()));
/// assert!(VersionRange::default().holds(&"v0.0.1".parse().unwrap()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionRange(Vec<Comparison>);

/// Why a text is no range of versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a range of versions, expected one like \">=1, <2\", or a version as in \"v1.2.3\""
)]
pub struct VersionRangeError(String);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: ModuleVersion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

/// The longer of two that begin alike goes first.
const OPERATORS: [(&str, Operator); 6] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

impl VersionRange {
    /// Tells whether `version` lies in it.
    pub fn holds(&self, version: &ModuleVersion) -> bool {
        self.0.iter().all(|comparison| comparison.holds(version))
    }
}

impl Comparison {
    fn holds(&self, version: &ModuleVersion) -> bool {
        let order = version.precedence(&self.version);
        match self.operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => order != Ordering::Equal,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Greater => order == Ordering::Greater,
        }
    }
}

impl FromStr for VersionRange {
    type Err = VersionRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let comparisons: Option<Vec<Comparison>> = text.split(',').map(comparison).collect();
        comparisons
            .map(Self)
            .ok_or_else(|| VersionRangeError(text.to_owned()))
    }
}

fn comparison(text: &str) -> Option<Comparison> {
    let text = text.trim();
    let mut operators = OPERATORS.into_iter();
    let found = operators.find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)));
    let (operator, version) = found.unwrap_or((Operator::Equal, text));
    Some(Comparison {
        operator,
        version: completed(version.trim())?,
    })
}

/// `1` means v1.0.0.
fn completed(text: &str) -> Option<ModuleVersion> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let numbers = text.split(['-', '+']).next()?;
    let missing = match numbers.split('.').count() {
        1 => ".0.0",
        2 => ".0",
        _ => "",
    };
    let rest = &text[numbers.len()..];
    format!("v{numbers}{missing}{rest}").parse().ok()
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs = self.0.iter().map(|comparison| {
            let is_it = |(_, operator): &&(&str, Operator)| *operator == comparison.operator;
            let sign = OPERATORS.iter().find(is_it).map_or("", |(sign, _)| sign);
            format!("{sign}{}", comparison.version)
        });
        f.write_str(&signs.collect::<Vec<_>>().join(", "))
    }
}

written_as_text!(VersionRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comparison_counts() {
        for (range, inside, outside) in [
            (
                ">=1, <2",
                &["v1.0.0", "v1.9.0"][..],
                &["v0.9.0", "v2.0.0", "v1.0.0-rc.1"][..],
            ),
            ("v1.2.3", &["v1.2.3", "v1.2.3+incompatible"], &["v1.2.4"]),
            ("!=1.2", &["v1.2.1"], &["v1.2.0"]),
            (
                ">1.2, <=1.4.0-rc.1",
                &["v1.3.0", "v1.4.0-rc.1"],
                &["v1.2.0", "v1.4.0"],
            ),
        ] {
            let parsed: VersionRange = range.parse().unwrap();
            for (versions, expected) in [(inside, true), (outside, false)] {
                for version in versions {
                    let holds = parsed.holds(&version.parse().unwrap());
                    assert_eq!(holds, expected, "{version} in {range}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_range_is_refused_and_what_is_one_is_shown_whole() {
        for wrong in ["", ">=", "1,,2", "~1.2", "^1", ">= one", "1.2.3.4"] {
            assert!(wrong.parse::<VersionRange>().is_err(), "{wrong:?}");
        }
        let range: VersionRange = ">= 1,<2.1".parse().unwrap();
        assert_eq!(range.to_string(), ">=v1.0.0, <v2.1.0");
    }
}
