//! What failed tests say: where they failed, and the first words about it.

use schemars::JsonSchema;
use serde::Serialize;

/// How many messages are looked at.
const MAX_MESSAGES: usize = 20;
/// How many frames are looked at: those of the runtime come first where all goroutines are traced.
const MAX_FRAMES: usize = 1000;
/// How many characters the first words have.
const MAX_WORDS: usize = 200;
/// What the traces of goroutines follow.
const CRASHES: [&str; 4] = [
    "panic: ",
    "fatal error: ",
    "SIGQUIT: ",
    "WARNING: DATA RACE",
];

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceLine {
    /// The file, from the root of the repository; from that of the source where it lies in no repository.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// Returns the lines of source that `output` of a test names, as they are named, and the likeliest that it failed
/// at first: the frames of a panic, else the last message, as what a test only logs comes before.
pub fn named_lines(output: &[String]) -> Vec<SourceLine> {
    let crash = crash(output);
    let traced = output.get(crash.unwrap_or_default()..).unwrap_or_default();
    let frames = || {
        traced
            .iter()
            .filter_map(|line| frame(line))
            .take(MAX_FRAMES)
    };
    let messages = output
        .iter()
        .rev()
        .filter_map(|line| Some(message(line)?.0));
    let messages = messages.take(MAX_MESSAGES);
    match crash {
        Some(_) => frames().chain(messages).collect(),
        None => messages.chain(frames()).collect(),
    }
}

/// Returns the first words of why a test failed; nothing where it said nothing.
pub fn first_words(output: &[String]) -> Option<String> {
    let is_said = |line: &String| !is_verdict(line) && !line.trim().is_empty();
    let begin = crash(output)
        .or_else(|| output.iter().rposition(|line| message(line).is_some()))
        .or_else(|| output.iter().position(is_said))?;
    let (first, rest) = output.get(begin..)?.split_first()?;
    let first = message(first).map_or(first.as_str(), |(_, text)| text);
    let rest = rest.iter().map(String::as_str);
    let lines = std::iter::once(first).chain(rest.take_while(|line| !line.trim().is_empty()));
    let words: Vec<&str> = lines
        .filter(|line| !is_verdict(line))
        .flat_map(str::split_whitespace)
        .take(MAX_WORDS)
        .collect();
    let words = words.join(" ");
    match words.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => Some(format!("{}…", &words[..end])),
        None => Some(words).filter(|words| !words.is_empty()),
    }
}

/// Tells whether a line is the framework's about the end of a test.
pub(super) fn is_verdict(line: &str) -> bool {
    line.trim_start().starts_with("--- ") || line == "FAIL"
}

fn crash(output: &[String]) -> Option<usize> {
    let is_crash = |line: &String| CRASHES.iter().any(|crash| line.starts_with(crash));
    output.iter().position(is_crash)
}

/// Reads `FILE.go:LINE: TEXT`, as the framework says it, or `FILE.go:LINE:COLUMN: TEXT`, as compilers do.
fn message(line: &str) -> Option<(SourceLine, &str)> {
    let (place, rest) = place(line)?;
    let rest = rest.strip_prefix(':')?;
    let text = match rest.split_once(": ") {
        Some((column, text)) if column.parse::<u32>().is_ok() => text,
        _ => rest,
    };
    Some((place, text))
}

/// Reads `FILE.go:LINE +0x1f`, as goroutines are traced.
fn frame(line: &str) -> Option<SourceLine> {
    let (place, rest) = place(line)?;
    let is_frame = line.starts_with([' ', '\t']) && (rest.is_empty() || rest.starts_with(' '));
    is_frame.then_some(place)
}

fn place(line: &str) -> Option<(SourceLine, &str)> {
    let (file, rest) = line.trim_start().split_once(".go:")?;
    let end = rest
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = rest[..end].parse().ok().filter(|&number| number > 0)?;
    let place = SourceLine {
        file: format!("{file}.go"),
        line: number,
    };
    Some((place, &rest[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn told(text: &str) -> String {
        let output = lines(text);
        let named = named_lines(&output).into_iter();
        let named: Vec<String> = named.map(|it| format!("{}:{}", it.file, it.line)).collect();
        let words = first_words(&output).unwrap_or_default();
        format!("{} | {words}", named.join(" "))
    }

    #[test]
    fn the_last_message_is_why_a_test_failed() {
        let text = "    a_test.go:3: begin\n    a_test.go:9: so wrong: x\n        more\n--- FAIL: TestA (0.00s)";
        assert_eq!(told(text), "a_test.go:9 a_test.go:3 | so wrong: x more");
        let text = "./b.go:2:5: undefined: x";
        assert_eq!(told(text), "./b.go:2 | undefined: x");
        assert_eq!(told("--- FAIL: TestA (0.00s)"), " | ");
        assert_eq!(told("plain words\nx.go: 7"), " | plain words x.go: 7");
    }

    #[test]
    fn a_panic_is_where_its_frames_are() {
        let text = "    a_test.go:3: log\n--- FAIL: TestA (0.00s)\npanic: boom [recovered]\n\tpanic: boom\n\ngoroutine 7 [running]:\ntesting.tRunner(0x1)\n\t/go/src/testing/testing.go:1734 +0x21c\nexample.com/a.TestA(...)\n\t/w/a_test.go:6";
        assert_eq!(
            told(text),
            "/go/src/testing/testing.go:1734 /w/a_test.go:6 a_test.go:3 | panic: boom [recovered] panic: boom"
        );
    }

    #[test]
    fn hostile_words_name_no_line_and_come_to_an_end() {
        assert_eq!(told("a.go:0: x"), " | a.go:0: x");
        assert_eq!(told("a.go:99999999999: x"), " | a.go:99999999999: x");
        let words = first_words(&lines(&"é".repeat(1000))).unwrap();
        assert_eq!(words.chars().count(), MAX_WORDS + 1);
        let many = "a.go:1: x\n".repeat(100);
        assert_eq!(named_lines(&lines(&many)).len(), MAX_MESSAGES);
    }
}
