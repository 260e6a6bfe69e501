//! What linters find, read from their lines.

use schemars::JsonSchema;
use serde::Serialize;

use super::CommandLine;

/// How many are kept.
const MAX_FINDINGS: usize = 10_000;

/// What a linter finds at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Who finds it: `vet`, or a linter of golangci-lint's.
    pub rule: String,
    /// The file, from the root of the repository; from that of the source where it lies in no repository.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1; 0 where none is told.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

/// Which linter speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linter {
    /// `go vet`.
    Vet,
    /// `golangci-lint run`.
    Golangci,
}

impl Linter {
    /// Returns the linter that `command` starts.
    pub fn of(command: &CommandLine) -> Option<Self> {
        match command.split() {
            ("go", [verb, ..]) if verb == "vet" => Some(Self::Vet),
            ("golangci-lint", [verb, ..]) if verb == "run" => Some(Self::Golangci),
            _ => None,
        }
    }

    /// Reads `FILE:LINE:COLUMN: MESSAGE`, and keeps what it finds, with the file as the linter names it.
    pub fn read(self, line: &str, found: &mut Vec<Finding>) {
        if found.len() < MAX_FINDINGS
            && let Some(finding) = self.finding(line)
            && !found.contains(&finding)
        {
            found.push(finding);
        }
    }

    fn finding(self, line: &str) -> Option<Finding> {
        let line = line.strip_prefix("vet: ").unwrap_or(line);
        let (file, rest) = line.split_once(".go:")?;
        let file = format!("{}.go", file.strip_prefix("./").unwrap_or(file));
        if file.starts_with([' ', '\t']) {
            return None;
        }
        let (number, rest) = rest.split_once(':')?;
        let (column, message) = match rest.split_once(": ") {
            Some((column, message)) if column.parse::<u32>().is_ok() => (column, message),
            _ => ("0", rest.trim_start()),
        };
        let (rule, message) = match (self, message.rsplit_once(" (")) {
            (Self::Golangci, Some((message, rule))) if rule.ends_with(')') => {
                (rule.trim_end_matches(')'), message)
            }
            (Self::Golangci, _) => ("golangci-lint", message),
            (Self::Vet, _) => ("vet", message),
        };
        Some(Finding {
            rule: rule.to_owned(),
            file,
            line: number.parse().ok()?,
            column: column.parse().ok()?,
            message: message.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_linters_are_findings_and_others_are_not() {
        let shown = |linter: Linter, line: &str| {
            let mut found = Vec::new();
            linter.read(line, &mut found);
            let shown = found.iter().map(|it| {
                format!(
                    "{} {} {} {} {}",
                    it.rule, it.file, it.line, it.column, it.message
                )
            });
            shown.collect::<String>()
        };
        for (line, expected) in [
            ("./a/b.go:3:24: wrong type", "vet a/b.go 3 24 wrong type"),
            (
                "vet: b/b.go:2:23: undefined: x",
                "vet b/b.go 2 23 undefined: x",
            ),
            (
                "main.go:7: no column: but a colon",
                "vet main.go 7 0 no column: but a colon",
            ),
            ("# example.com/a", ""),
            ("../x.go:1:1: above", "vet ../x.go 1 1 above"),
            (" x.go:1:1: told on", ""),
            ("x.go:one:1: no number", ""),
        ] {
            assert_eq!(shown(Linter::Vet, line), expected);
        }
        assert_eq!(
            shown(
                Linter::Golangci,
                "a.go:1:2: Error return (of x) is not checked (errcheck)"
            ),
            "errcheck a.go 1 2 Error return (of x) is not checked"
        );
    }
}
