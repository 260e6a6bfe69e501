//! Findings as SARIF 2.1.0, which code hosts show beside the source.

use serde_json::{Value, json};

use super::super::Failure;
use crate::model::without_nulls;
use crate::policy::{Finding, Rule, Severity};

/// Returns the SARIF log of one run, and why parts of it could not be looked at.
pub fn sarif(findings: &[Finding], failures: &[Failure]) -> Value {
    let rules: Vec<Value> = Rule::ALL
        .into_iter()
        .map(|rule| {
            json!({
                "id": rule.as_str(),
                "shortDescription": { "text": rule.describe() },
            })
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    without_nulls(json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "coracle",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://coracle.dev",
                "rules": rules,
            }},
            "results": results,
            "invocations": [{
                "executionSuccessful": failures.is_empty(),
                "toolExecutionNotifications": failures.iter().map(notification).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
        }],
    }))
}

fn result(finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Blocked => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let lines = [format!("{}: {}", finding.subject, finding.message)].into_iter();
    let through =
        (finding.chain.len() > 1).then(|| format!("through {}", finding.chain.join(" → ")));
    let lines: Vec<String> = lines
        .chain(through)
        .chain(finding.hints.iter().cloned())
        .collect();
    let place = finding.place.as_ref();
    let location = json!([{ "physicalLocation": {
        "artifactLocation": {
            "uri": uri(place.map_or(NOWHERE, |place| place.path.as_str())),
            "uriBaseId": "%SRCROOT%",
        },
        "region": place.and_then(|place| place.line).map(|line| json!({ "startLine": line })),
    }}]);
    json!({
        "ruleId": finding.rule.as_str(),
        "level": level,
        "message": { "text": lines.join("\n") },
        "locations": location,
        "partialFingerprints": {
            "coracle/v1": format!("{}:{}", finding.rule, finding.subject),
        },
    })
}

fn notification(failure: &Failure) -> Value {
    let lines = [format!("{}: {}", failure.target, failure.message)].into_iter();
    let lines: Vec<String> = lines.chain(failure.causes.iter().cloned()).collect();
    json!({ "level": "error", "message": { "text": lines.join("\n") } })
}

/// Where a finding is shown that stands in no file: code hosts take none without a place.
const NOWHERE: &str = "coracle.toml";

/// RFC 3986: what may not stand in a path is written as a number.
fn uri(path: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn a_result_names_its_rule_and_its_place() {
        let log = sarif(&sample(), &[]);
        let run = &log["runs"][0];
        let [blocked, warned] = run["results"].as_array().unwrap().as_slice() else {
            panic!("{run}");
        };
        assert_eq!(blocked["level"], "error");
        let place = &blocked["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "go.mod");
        assert_eq!(place["region"]["startLine"], 7);
        let place = &warned["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "coracle.toml");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in [blocked, warned] {
            assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
        }
        assert_eq!(uri("a b/ü.go"), "a%20b/%C3%BC.go");
    }
}
