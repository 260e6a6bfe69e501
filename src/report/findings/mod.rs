//! What `check` prints.

mod github;
mod sarif;
mod text;

use schemars::JsonSchema;
use serde::Serialize;

pub use github::write_annotations;
pub use sarif::sarif;
pub use text::write_findings;

use super::Failure;
use crate::policy::{Finding, Severity};

/// The version of the form of this document.
const FORM: u32 = 1;

/// What `check --json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The images that were looked at.
    pub images: Vec<String>,
    /// How many modules of others are used.
    pub modules: u64,
    /// Whether nothing stops a push: no finding is `blocked`, and all could be looked at.
    pub passed: bool,
    /// What was found, the worst first.
    pub findings: Vec<ReportedFinding>,
    /// What could not be looked at, and why.
    pub failures: Vec<Failure>,
}

/// Something that a rule has a word for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReportedFinding {
    /// `blocked`, `warning` or `note`.
    pub severity: String,
    /// The rule, as in `blocked-module`: the SARIF document describes each.
    pub rule: String,
    /// What it is about: a module, a vulnerability, a file, an image.
    pub subject: String,
    /// What is wrong with it.
    pub message: String,
    /// The file that it stands in, from the root of the source tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What leads to it, from the program on: packages, or functions.
    pub chain: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl CheckDocument {
    /// Tells what was found in `images`, which use so many modules of others.
    pub fn new(
        images: Vec<String>,
        modules: usize,
        findings: &[Finding],
        failures: Vec<Failure>,
    ) -> Self {
        let is_blocked = |finding: &Finding| finding.severity == Severity::Blocked;
        Self {
            form: FORM,
            images,
            modules: modules as u64,
            passed: failures.is_empty() && !findings.iter().any(is_blocked),
            findings: findings.iter().map(ReportedFinding::from).collect(),
            failures,
        }
    }

    /// Returns the JSON schema of the document: `coracle schema check`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl From<&Finding> for ReportedFinding {
    fn from(finding: &Finding) -> Self {
        let place = finding.place.as_ref();
        Self {
            severity: finding.severity.to_string(),
            rule: finding.rule.to_string(),
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            path: place.map(|place| place.path.clone()),
            line: place.and_then(|place| place.line).map(|line| line as u64),
            chain: finding.chain.clone(),
            hints: finding.hints.clone(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::policy::{FindingPlace, Rule};

    pub(in crate::report) fn sample() -> Vec<Finding> {
        let place = FindingPlace {
            path: "go.mod".to_owned(),
            line: Some(7),
        };
        vec![
            Finding::new(
                Severity::Blocked,
                Rule::BlockedModule,
                "github.com/lib/pq",
                "Use pgx instead, 100%\n\u{1b}[31mred",
            )
            .at(Some(place))
            .through(["example.com/app", "github.com/lib/pq"].map(str::to_owned))
            .hint("what uses it: go mod why -m github.com/lib/pq"),
            Finding::new(
                Severity::Warning,
                Rule::Base,
                "debian:13",
                "it has a shell: /bin/sh",
            ),
        ]
    }

    #[test]
    fn what_is_blocked_does_not_pass() {
        let document = CheckDocument::new(Vec::new(), 3, &sample(), Vec::new());
        assert!(!document.passed);
        assert_eq!(document.findings[0].line, Some(7));
        let warned = CheckDocument::new(Vec::new(), 3, &sample()[1..], Vec::new());
        assert!(warned.passed);
    }
}
