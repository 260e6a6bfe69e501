//! Findings as annotations of GitHub Actions, "Workflow commands".

use std::io::{self, Write};

use super::super::Failure;
use super::super::workflow_command::{data, property};
use crate::policy::{Finding, Severity};

/// Writes a workflow command for each finding, which GitHub shows beside the line, and for what could
/// not be looked at.
///
/// # Errors
/// Those of the writer.
pub fn write_annotations(
    to: &mut dyn Write,
    findings: &[Finding],
    failures: &[Failure],
) -> io::Result<()> {
    for failure in failures {
        let title = property(&format!("{} ({})", failure.target, failure.phase));
        let lines = [failure.message.as_str()].into_iter();
        let lines = lines.chain(failure.causes.iter().map(String::as_str));
        let message = data(&lines.collect::<Vec<_>>().join("\n"));
        writeln!(to, "::error title={title}::{message}")?;
    }
    for finding in findings {
        let command = match finding.severity {
            Severity::Blocked => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let title = property(&format!("{} ({})", finding.subject, finding.rule));
        let mut properties = Vec::new();
        if let Some(place) = &finding.place {
            properties.push(format!("file={}", property(&place.path)));
            properties.extend(place.line.map(|line| format!("line={line}")));
        }
        properties.push(format!("title={title}"));
        let lines = [finding.message.as_str()].into_iter();
        let lines: Vec<&str> = lines
            .chain(finding.hints.iter().map(String::as_str))
            .collect();
        let message = data(&lines.join("\n"));
        writeln!(to, "::{command} {}::{message}", properties.join(","))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn nothing_that_others_say_becomes_a_command() {
        let mut text = Vec::new();
        write_annotations(&mut text, &sample(), &[]).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].starts_with(
                "::error file=go.mod,line=7,title=github.com/lib/pq (blocked-module)::Use pgx instead, 100%25%0A"
            ),
            "{text}"
        );
        assert_eq!(
            lines[1],
            "::warning title=debian%3A13 (base)::it has a shell: /bin/sh"
        );
    }
}
