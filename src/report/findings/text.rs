//! Findings as people read them.

use std::io::{self, Write};

use super::{CheckDocument, ReportedFinding};
use crate::model::ForeignText;

/// Writes each finding, and at the end that all is well where nothing stops a push.
///
/// # Errors
/// Those of the writer.
pub fn write_findings(to: &mut dyn Write, document: &CheckDocument) -> io::Result<()> {
    for finding in &document.findings {
        write_finding(to, finding)?;
    }
    if document.passed {
        writeln!(to, "All dependencies pass policy check.")?;
    }
    Ok(())
}

fn write_finding(to: &mut dyn Write, finding: &ReportedFinding) -> io::Result<()> {
    let word = finding.severity.to_uppercase();
    let (subject, message) = (one_line(&finding.subject), one_line(&finding.message));
    writeln!(to, "{word}: {subject} — {message}")?;
    if let Some(path) = &finding.path {
        let line = finding.line.map(|line| format!(":{line}"));
        writeln!(to, "  at {}{}", one_line(path), line.unwrap_or_default())?;
    }
    if finding.chain.len() > 1 {
        writeln!(to, "  through {}", one_line(&finding.chain.join(" → ")))?;
    }
    for hint in &finding.hints {
        writeln!(to, "  hint: {}", one_line(hint))?;
    }
    Ok(())
}

/// What others say has no lines of its own.
fn one_line(text: &str) -> String {
    ForeignText::new(&text.replace(['\n', '\r'], " ")).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;
    use crate::policy::Finding;

    #[test]
    fn each_finding_begins_a_line_and_nothing_else_does() {
        let text = |findings: &[Finding]| {
            let mut text = Vec::new();
            let document = CheckDocument::new(Vec::new(), 2, findings, Vec::new());
            write_findings(&mut text, &document).unwrap();
            String::from_utf8(text).unwrap()
        };
        let shown = text(&sample());
        assert!(
            shown.starts_with("BLOCKED: github.com/lib/pq — Use pgx instead, 100% "),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(shown.contains("\n  at go.mod:7\n  through example.com/app → github.com/lib/pq\n"));
        assert!(shown.contains("\nWARNING: debian:13 — it has a shell: /bin/sh\n"));
        assert!(text(&sample()[1..]).ends_with("\nAll dependencies pass policy check.\n"));
    }
}
