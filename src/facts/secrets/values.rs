//! Looking for secrets in single values: variables, labels, arguments.

use regex::bytes::Regex;

use super::kinds::{Pattern, patterns};
use super::scan::{joined, kind};
use crate::model::BuildError;

/// Tells whether values look like secrets, by the same patterns as files of variables.
pub struct ValueScanner {
    regex: Regex,
    patterns: Vec<Pattern>,
}

impl ValueScanner {
    /// Gets ready.
    ///
    /// # Errors
    /// When the patterns are damaged, which is a fault of coracle's own.
    pub fn new() -> Result<Self, BuildError> {
        let patterns = patterns("values.env");
        Ok(Self {
            regex: joined(&patterns)?,
            patterns,
        })
    }

    /// Returns what the value of `name` looks like, in words, where it looks like a secret.
    pub fn kind(&self, name: &str, value: &str) -> Option<&'static str> {
        let text = format!("{name}={value}\n");
        let mut found = self.regex.captures_iter(text.as_bytes());
        found.find_map(|captures| kind(&self.patterns, &captures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_names_and_by_their_looks() {
        let scanner = ValueScanner::new().unwrap();
        let token = ["gh", "p_", &"x1".repeat(18)].concat();
        for (name, value) in [
            ("DB_PASSWORD", "hunter22"),
            ("URL", "postgres://app:hunter22@db/app"),
            ("X", token.as_str()),
        ] {
            assert!(scanner.kind(name, value).is_some(), "{name}");
        }
        for (name, value) in [
            ("DB_PASSWORD", "${PASSWORD}"),
            ("DB_PASSWORD_FILE", "/run/secrets/db"),
            ("PORT", "8080"),
            ("DB_PASSWORD", ""),
        ] {
            assert_eq!(scanner.kind(name, value), None, "{name}");
        }
    }
}
