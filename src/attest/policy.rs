//! The result of the checks that an image has passed.

use serde_json::{Value, json};

use crate::config::VulnerabilityLevel;
use crate::model::{ModuleVerification, without_nulls};

/// What was checked of an image, and what came of it. An image that fails a check is not made: what is not
/// passed was not checked. docs/attestations.md says what each check is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyResult {
    /// Whether every module had the hash that go.sum has for it.
    pub modules: CheckResult,
    /// How modules are verified that go.sum does not know.
    pub verification: ModuleVerification,
    /// Whether the rules of `[policy]` were held, and from which level on vulnerabilities break one.
    pub rules: RulesResult,
    /// Whether the Go that compiled it was that of the checksum database.
    pub toolchain: CheckResult,
    /// The patterns of files that may look like secrets; in no other was one found.
    pub allowed_secrets: Vec<String>,
    /// The version of coracle.
    pub coracle: String,
}

/// What came of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesResult {
    /// All were held; vulnerabilities break one from this level on.
    Held(VulnerabilityLevel),
    /// There are none.
    NoRules,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckResult {
    /// All is as it should be.
    Passed,
    /// Nobody looked, and why.
    Skipped(&'static str),
}

impl PolicyResult {
    /// Returns the predicate, the same each time.
    pub fn to_predicate(&self) -> Value {
        let passed = CheckResult::Passed;
        without_nulls(json!({
            "coracle": self.coracle,
            "checks": [
                check("modules", &self.modules, &json!({
                    "checksumDatabase": self.verification.checksum_database,
                    "contents": self.verification.contents,
                    "private": self.verification.private,
                })),
                self.rules.check(),
                check("programs", &passed, &Value::Null),
                check("secrets", &passed, &json!({ "allowed": self.allowed_secrets })),
                check("toolchain", &self.toolchain, &Value::Null),
            ],
        }))
    }
}

impl RulesResult {
    fn check(self) -> Value {
        match self {
            Self::Held(level) => {
                let settings = json!({ "vulnerabilities": level.as_str() });
                check("policy", &CheckResult::Passed, &settings)
            }
            Self::NoRules => {
                let reason = CheckResult::Skipped("there is no [policy]");
                check("policy", &reason, &Value::Null)
            }
        }
    }
}

fn check(name: &str, result: &CheckResult, settings: &Value) -> Value {
    let (word, reason) = match result {
        CheckResult::Passed => ("passed", None),
        CheckResult::Skipped(reason) => ("skipped", Some(reason)),
    };
    json!({ "name": name, "result": word, "reason": reason, "settings": settings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModuleContents;

    #[test]
    fn what_nobody_looked_at_is_not_passed() {
        let result = PolicyResult {
            modules: CheckResult::Passed,
            verification: ModuleVerification {
                checksum_database: None,
                private: vec!["git.example.com/*".to_owned()],
                contents: Some(ModuleContents::GoSum),
            },
            rules: RulesResult::Held(VulnerabilityLevel::Imported),
            toolchain: CheckResult::Skipped("it is the machine's own"),
            allowed_secrets: Vec::new(),
            coracle: "1.2.3".to_owned(),
        };
        assert_eq!(
            result.to_predicate(),
            json!({
                "coracle": "1.2.3",
                "checks": [
                    { "name": "modules", "result": "passed", "settings": { "contents": "go.sum", "private": ["git.example.com/*"] } },
                    { "name": "policy", "result": "passed", "settings": { "vulnerabilities": "imported" } },
                    { "name": "programs", "result": "passed" },
                    { "name": "secrets", "result": "passed", "settings": { "allowed": [] } },
                    { "name": "toolchain", "result": "skipped", "reason": "it is the machine's own" },
                ],
            })
        );
    }
}
