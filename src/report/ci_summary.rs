//! What came of a pipeline, in Markdown.

use std::io::{self, Write};

use super::ci::{CiDocument, CiStage, StageState};
use crate::model::ForeignText;
use crate::stages::{FailedTest, TestResults, first_words};

/// How many tests that failed are named.
const MAX_FAILED: usize = 20;

/// Writes the stages as a table, what is worth a line of them, and the tests that failed.
///
/// # Errors
/// Those of the writer.
pub fn write_stages_summary(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    writeln!(to, "### coracle ci ({})\n", document.event)?;
    writeln!(to, "| stage | | seconds | |\n|---|---|---:|---|")?;
    let told = |stage: &&CiStage| stage.state != StageState::LeftOut;
    for stage in document.stages.iter().filter(told) {
        let whole = stage.whole.as_ref().map(|why| format!("all of it: {why}"));
        let reason = stage.reason.clone().or(whole).unwrap_or_default();
        let reason = ForeignText::new(&reason).to_string();
        let reason = reason
            .replace('|', "\\|")
            .replace('<', "&lt;")
            .replace('\n', " ");
        let (name, state, seconds) = (&stage.name, stage.state.as_str(), stage.seconds);
        writeln!(to, "| {name} | {state} | {seconds:.1} | {reason} |")?;
    }
    for stage in &document.stages {
        for note in &stage.notes {
            let note = ForeignText::new(note).to_string();
            let note = note.replace('<', "&lt;").replace('`', "'");
            writeln!(to, "\n{}: {note}", stage.name)?;
        }
    }
    write_failed(to, document)
}

fn write_failed(to: &mut dyn Write, document: &CiDocument) -> io::Result<()> {
    let tests = document.stages.iter().filter_map(|it| it.tests.as_ref());
    let failed: Vec<FailedTest<'_>> = tests.flat_map(TestResults::failed).collect();
    if failed.is_empty() {
        return Ok(());
    }
    writeln!(to, "\n#### Failed tests\n")?;
    for test in failed.iter().take(MAX_FAILED) {
        write!(to, "- {}", code(&test.to_string()))?;
        if let Some(place) = test.place {
            let place = format!("{}:{}", place.file, place.line);
            write!(to, " at {}", code(&place))?;
        }
        if let Some(words) = first_words(test.output) {
            write!(to, ": {}", code(&words))?;
        }
        writeln!(to)?;
    }
    match failed.len().saturating_sub(MAX_FAILED) {
        0 => Ok(()),
        more => writeln!(to, "- and {more} more"),
    }
}

/// Returns text as code, in which nothing is Markdown.
fn code(text: &str) -> String {
    let text = ForeignText::new(text).to_string();
    format!("`{}`", text.replace('`', "'").replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::TestReader;

    fn summary(failed: usize) -> String {
        let mut reader = TestReader::default();
        for number in 0..failed {
            let of = format!(r#""Package":"p","Test":"Test{number:02}""#);
            let words = r"    a_test.go:3: `<b>` \u001b[1m| # so wrong\n";
            let said = format!(r#"{{"Action":"output",{of},"Output":"{words}"}}"#);
            reader.read(&said, &mut |_| {});
            reader.read(&format!(r#"{{"Action":"fail",{of}}}"#), &mut |_| {});
        }
        let stage = CiStage {
            name: "test".to_owned(),
            state: StageState::Failed,
            reason: None,
            needs: Vec::new(),
            commands: Vec::new(),
            whole: None,
            seconds: 0.0,
            notes: Vec::new(),
            tests: Some(reader.finish(&mut |_| {}).results),
            findings: Vec::new(),
        };
        let mut text = Vec::new();
        write_stages_summary(&mut text, &CiDocument::new("main", vec![stage])).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn failed_tests_are_named_with_their_words_which_are_no_markdown() {
        let text = summary(2);
        let line = text.lines().find(|line| line.contains("Test01")).unwrap();
        let words = line.strip_prefix("- `p.Test01`: `'<b>' ").unwrap();
        assert!(words.ends_with("| # so wrong`"), "{words}");
        assert!(!words.contains('\u{1b}'), "{words}");
        assert!(!text.contains("more"), "{text}");
    }

    #[test]
    fn of_many_failed_tests_it_is_told_how_many_more_there_are() {
        let text = summary(MAX_FAILED + 5);
        assert_eq!(text.matches("- `p.").count(), MAX_FAILED);
        assert!(text.ends_with("- and 5 more\n"), "{text}");
        assert!(!summary(0).contains("Failed tests"));
    }
}
