//! What came of a pipeline, in the forms that CI systems read.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::json;

use super::ci::CiDocument;
use super::workflow_command::{data, property};
use crate::model::{ForeignText, canonical_json};
use crate::stages::{Finding, TestResult, TestResults, TestState};

/// How many annotations a step of GitHub's shows.
const MAX_ANNOTATIONS: usize = 10;

/// Writes what came of tests as `JUnit` XML: a suite for each package.
///
/// # Errors
/// Those of the writer.
pub fn write_junit(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    writeln!(
        to,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>"
    )?;
    let all = document
        .stages
        .iter()
        .filter_map(|stage| stage.tests.as_ref());
    for (package, result) in all.flat_map(|results| &results.packages) {
        let count = |state| result.tests.values().filter(|it| it.state == state).count();
        let (name, seconds) = (xml(package), result.seconds);
        // What keeps a package from having tests fails as a test of its own.
        let is_broken = result.is_broken();
        let (all, failed) = (
            result.tests.len() + usize::from(is_broken),
            count(TestState::Failed) + usize::from(is_broken),
        );
        let skipped = count(TestState::Skipped);
        writeln!(
            to,
            "  <testsuite name=\"{name}\" tests=\"{all}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{seconds:.3}\">"
        )?;
        if is_broken {
            let broken = TestResult {
                state: TestState::Failed,
                seconds,
                output: result.output.clone(),
                place: result.place.clone(),
            };
            write_case(to, package, "(package)", &broken)?;
        }
        for (test, result) in &result.tests {
            write_case(to, package, test, result)?;
        }
        writeln!(to, "  </testsuite>")?;
    }
    writeln!(to, "</testsuites>")
}

fn write_case(to: &mut dyn Write, package: &str, name: &str, test: &TestResult) -> io::Result<()> {
    let (package, name, seconds) = (xml(package), xml(name), test.seconds);
    write!(
        to,
        "    <testcase classname=\"{package}\" name=\"{name}\" time=\"{seconds:.3}\""
    )?;
    if let Some(place) = &test.place {
        let (file, line) = (xml(&place.file), place.line);
        write!(to, " file=\"{file}\" line=\"{line}\"")?;
    }
    let output = xml(&test.output.join("\n"));
    match test.state {
        TestState::Passed => writeln!(to, "/>"),
        TestState::Skipped => writeln!(to, "><skipped/></testcase>"),
        TestState::Failed => writeln!(
            to,
            "><failure message=\"failed\">{output}</failure></testcase>"
        ),
        TestState::Flaky => writeln!(
            to,
            "><flakyFailure message=\"failed, and passed when it ran again\">{output}</flakyFailure></testcase>"
        ),
    }
}

/// Escapes text for XML 1.0, which has no form for most control characters.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            it if it.is_control() => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

/// Returns what linters found as SARIF 2.1.0.
pub fn lint_sarif(document: &CiDocument) -> Vec<u8> {
    let mut by_tool: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in document.stages.iter().flat_map(|stage| &stage.findings) {
        let tool = if finding.rule == "vet" {
            "go vet"
        } else {
            "golangci-lint"
        };
        by_tool.entry(tool).or_default().push(finding);
    }
    let run = |(tool, findings): (&&str, &Vec<&Finding>)| {
        let results: Vec<_> = findings.iter().map(|finding| result(finding)).collect();
        json!({ "tool": { "driver": { "name": tool, "rules": [] } }, "results": results })
    };
    let mut runs: Vec<_> = by_tool.iter().map(run).collect();
    if runs.is_empty() {
        // A log without a run would leave what was found before as it is.
        runs.push(json!({ "tool": { "driver": { "name": "go vet" } }, "results": [] }));
    }
    canonical_json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    }))
}

fn result(finding: &Finding) -> serde_json::Value {
    let mut region = json!({ "startLine": finding.line.max(1) });
    if finding.column > 0 {
        region["startColumn"] = json!(finding.column);
    }
    let place = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.file), "uriBaseId": "%SRCROOT%" },
            "region": region,
        }
    });
    json!({
        "ruleId": finding.rule,
        "level": "error",
        "message": { "text": ForeignText::new(&finding.message).to_string() },
        "locations": [place],
    })
}

fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = |byte: u8| match byte {
        byte if is_plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(encoded).collect()
}

/// Writes the first of what linters found, and of tests that failed, as commands that GitHub shows at lines.
///
/// # Errors
/// Those of the writer.
pub fn write_stage_annotations(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    let findings = document.stages.iter().flat_map(|stage| &stage.findings);
    for finding in findings.take(MAX_ANNOTATIONS) {
        let (file, title) = (property(&finding.file), property(&finding.rule));
        let (line, message) = (finding.line, data(&finding.message));
        writeln!(
            to,
            "::error file={file},line={line},title={title}::{message}"
        )?;
    }
    let tests = document
        .stages
        .iter()
        .filter_map(|stage| stage.tests.as_ref());
    for failed in tests.flat_map(TestResults::failed).take(MAX_ANNOTATIONS) {
        let title = property(&failed.to_string());
        let message = data(&failed.output.join("\n"));
        write!(to, "::error ")?;
        if let Some(place) = failed.place {
            let (file, line) = (property(&place.file), place.line);
            write!(to, "file={file},line={line},")?;
        }
        writeln!(to, "title={title}::{message}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_end_neither_an_element_nor_a_command() {
        assert_eq!(
            xml("]]>\u{1b}[1m<a b=\"&\">"),
            "]]&gt;\u{fffd}[1m&lt;a b=&quot;&amp;&quot;&gt;"
        );
        assert_eq!(data("100%\n::error::x"), "100%25%0A::error::x");
        assert_eq!(property("a,b::c"), "a%2Cb%3A%3Ac");
        assert_eq!(uri("a b/ü.go"), "a%20b/%C3%BC.go");
    }
}
