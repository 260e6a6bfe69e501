//! The lines of `go test -json`, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Action, TestEvent};
use super::held::{HeldOutput, MAX_OF_ALL};
use super::{PackageResult, TestResult, TestResults, TestState};

/// How many tests are listed.
const MAX_TESTS: usize = 100_000;
/// What the framework says of a test that begins or goes on.
const FRAMES: [&str; 4] = ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME"];

/// Reads what `go test -json` says, and tells what of it is for people: what failed, and the packages.
#[derive(Debug, Default)]
pub struct TestReader {
    results: TestResults,
    held: HeldOutput,
    listed: usize,
    /// How much of what failed tests said is in the results.
    kept_bytes: usize,
    /// Packages whose tests all came to an end, though some of them failed.
    complete: BTreeSet<String>,
}

impl TestReader {
    /// Reads a line, and hands what people should see to `show`.
    pub fn read(&mut self, line: &str, show: &mut dyn FnMut(&str)) {
        let Some(event) = TestEvent::parse(line) else {
            show(line);
            return;
        };
        match event.action {
            Action::BuildOutput => {
                show(event.output.trim_end());
                self.held.add((event.import_path, None), &event.output);
            }
            Action::Output => self.said(&event, show),
            Action::Pass => self.ended(event, TestState::Passed, show),
            Action::Skip => self.ended(event, TestState::Skipped, show),
            Action::Fail => self.ended(event, TestState::Failed, show),
            Action::Run | Action::Other => {}
        }
    }

    fn said(&mut self, event: &TestEvent, show: &mut dyn FnMut(&str)) {
        let text = event.output.as_str();
        if event.test.is_none() {
            let line = text.trim_end();
            if line == "FAIL" {
                self.complete.insert(event.package.clone());
            } else if line != "PASS" && !line.is_empty() {
                show(line);
            }
        }
        if !FRAMES.iter().any(|frame| text.starts_with(frame)) {
            self.held
                .add((event.package.clone(), event.test.clone()), text);
        }
    }

    fn ended(&mut self, event: TestEvent, state: TestState, show: &mut dyn FnMut(&str)) {
        let place = (event.package, event.test);
        let built = event.failed_build.map(|build| (build, None));
        let built = built.map(|build| self.held.take(&build));
        let mut output = built.unwrap_or_default();
        output.extend(self.held.take(&place));
        if state != TestState::Failed {
            output.clear();
        }
        let (package, test) = place;
        if test.is_some() {
            show_all(&output, show);
        }
        self.note(package, test, state, event.elapsed, output);
    }

    fn note(
        &mut self,
        package: String,
        test: Option<String>,
        state: TestState,
        seconds: f64,
        output: Vec<String>,
    ) {
        let is_listed = test.is_none() || self.listed < MAX_TESTS;
        if !is_listed {
            self.results.unlisted += 1;
            return;
        }
        let output = self.kept(output);
        let known = self
            .results
            .packages
            .entry(package)
            .or_insert(PackageResult {
                state,
                seconds,
                tests: BTreeMap::new(),
                output: Vec::new(),
                place: None,
            });
        if let Some(name) = test {
            self.listed += 1;
            let result = TestResult {
                state,
                seconds,
                output,
                place: None,
            };
            known.tests.insert(name, result);
        } else {
            known.state = state;
            known.seconds = seconds;
            known.output = output;
        }
    }

    /// Returns what a test said, as long as not too much is kept of others: it was shown already.
    fn kept(&mut self, output: Vec<String>) -> Vec<String> {
        let bytes: usize = output.iter().map(String::len).sum();
        if self.kept_bytes.saturating_add(bytes) > MAX_OF_ALL {
            return vec!["(left out: too many tests failed with too many words)".to_owned()];
        }
        self.kept_bytes += bytes;
        output
    }

    /// Returns what came of all tests. Those that have not ended failed: what they said is shown.
    pub fn finish(mut self, show: &mut dyn FnMut(&str)) -> ReadTests {
        while let Some(((package, test), output)) = self.held.pop() {
            if test.is_some() {
                show_all(&output, show);
                self.note(package, test, TestState::Failed, 0.0, output);
            }
        }
        ReadTests {
            complete: self.complete.into_iter().collect(),
            results: self.results,
        }
    }
}

fn show_all(lines: &[String], show: &mut dyn FnMut(&str)) {
    for line in lines {
        show(line);
    }
}

/// What a run of `go test` came to.
#[derive(Debug)]
pub struct ReadTests {
    /// The results.
    pub results: TestResults,
    /// The packages that failed, and of which all tests came to an end: nothing but these has to run again.
    pub complete: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_tests_that_fail_with_many_words_not_all_words_are_kept() {
        let mut reader = TestReader::default();
        let words = "x".repeat(60 << 10);
        for number in 0..400 {
            let of = format!(r#""Package":"p","Test":"Test{number}""#);
            reader.read(
                &format!(r#"{{"Action":"output",{of},"Output":"{words}\n"}}"#),
                &mut |_| {},
            );
            reader.read(&format!(r#"{{"Action":"fail",{of}}}"#), &mut |_| {});
        }
        let read = reader.finish(&mut |_| {});
        let tests = read.results.packages["p"].tests.values();
        let kept: usize = tests.flat_map(|test| &test.output).map(String::len).sum();
        assert!(kept <= MAX_OF_ALL + 400 * 100, "{kept}");
        assert_eq!(read.results.packages["p"].tests.len(), 400);
    }

    #[test]
    fn what_failed_is_shown_and_what_passed_is_not() {
        let lines = r#"{"Action":"build-output","ImportPath":"p/b","Output":"b.go:2: undefined: x\n"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: so "}
{"Action":"output","Package":"p","Test":"TestB","Output":"quiet\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.5}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":0}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.5s\n"}
{"Action":"fail","Package":"p","Elapsed":0.6}
{"Action":"output","Package":"q","Test":"TestHangs","Output":"last words\n"}
no json"#;
        let (mut reader, mut shown) = (TestReader::default(), Vec::new());
        for line in lines.lines() {
            reader.read(line, &mut |line| shown.push(line.to_owned()));
        }
        let read = reader.finish(&mut |line| shown.push(line.to_owned()));
        assert_eq!(
            shown,
            [
                "b.go:2: undefined: x",
                "    a_test.go:3: so wrong",
                "FAIL\tp\t0.5s",
                "no json",
                "last words"
            ]
        );
        assert_eq!(read.complete, ["p"]);
        assert_eq!(read.results.count(TestState::Failed), 2);
        let remarks = read.results.remarks();
        assert_eq!(remarks[1], "slowest: p.TestA 0.50 s");
    }
}
