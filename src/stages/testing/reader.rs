//! The lines of `go test -json`, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Action, TestEvent};
use super::held::{HeldOutput, HeldTest, MAX_OF_ALL, Place, Progress, size_of, size_of_place};
use super::{PackageResult, TestResult, TestResults, TestState};

/// The verdict of a package whose tests all came to an end.
const FAIL: &str = "FAIL";
/// How many tests and packages are listed.
const MAX_TESTS: usize = 100_000;
/// What the framework says of a test that begins or goes on.
const FRAMES: [&str; 4] = ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME"];

/// How many tests are told to have been running.
const MAX_RUNNING: usize = 100;
/// How many packages may be in the midst of a line, and how long the beginning of one may be.
const MAX_OPEN: usize = 1000;
const MAX_OPEN_BYTES: usize = 16 << 10;
/// What a test says that is asked where it hangs.
const ASKED: &str = "SIGQUIT: ";

/// Reads what `go test -json` says, and tells what of it is for people: what failed, and the packages.
#[derive(Debug, Default)]
pub struct TestReader {
    results: TestResults,
    held: HeldOutput,
    /// The beginning of a line that a package says outside of its tests: whole lines are shown.
    open: BTreeMap<String, String>,
    listed: usize,
    /// How much is in the results of names, and of what failed tests said.
    listed_bytes: usize,
    kept_bytes: usize,
    /// Packages whose tests all came to an end, though some of them failed.
    complete: BTreeSet<String>,
    /// Tests that were running when their package was ended.
    running: Vec<String>,
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
            Action::Output => self.said(event, show),
            Action::Pass => self.ended(event, TestState::Passed, show),
            Action::Skip => self.ended(event, TestState::Skipped, show),
            Action::Fail => self.ended(event, TestState::Failed, show),
            Action::Run | Action::Cont => self.goes(event, Progress::Running),
            Action::Pause => self.goes(event, Progress::Paused),
            Action::Other => {}
        }
    }

    fn goes(&mut self, event: TestEvent, progress: Progress) {
        if event.test.is_some() {
            self.held.note((event.package, event.test), progress);
        }
    }

    fn said(&mut self, event: TestEvent, show: &mut dyn FnMut(&str)) {
        let text = event.output;
        if event.test.is_none() {
            let line = self.open.remove(&event.package).unwrap_or_default() + &text;
            let is_open = !line.ends_with('\n') && line.len() <= MAX_OPEN_BYTES;
            if is_open && self.open.len() < MAX_OPEN {
                self.open.insert(event.package.clone(), line);
            } else {
                show_outside(&line, show);
            }
        }
        if !FRAMES.iter().any(|frame| text.starts_with(frame)) {
            self.held.add((event.package, event.test), &text);
        }
    }

    fn ended(&mut self, event: TestEvent, state: TestState, show: &mut dyn FnMut(&str)) {
        let place = (event.package, event.test);
        let built = event
            .failed_build
            .and_then(|build| self.held.take(&(build, None)));
        let said = self.held.take(&place);
        let said = built.into_iter().chain(said).flat_map(HeldTest::lines);
        let output: Vec<String> = match state {
            TestState::Failed => said.collect(),
            _ => Vec::new(),
        };
        match &place {
            (_, Some(_)) => show_all(&output, show),
            (package, None) => {
                show_outside(&self.open.remove(package).unwrap_or_default(), show);
                if output.iter().any(|line| line == FAIL) && self.listed < MAX_TESTS {
                    self.complete.insert(package.clone());
                }
                self.leave(Some(package), state, &output, show);
            }
        }
        let seconds = event.elapsed;
        self.note(place, state, seconds, output);
    }

    /// Notes the tests that have not ended of a package that has, or of all: what becomes of them, `state` says.
    fn leave(
        &mut self,
        package: Option<&str>,
        state: TestState,
        output: &[String],
        show: &mut dyn FnMut(&str),
    ) {
        let mut running = Vec::new();
        let mut is_asked = package.is_none() || output.iter().any(|line| line.starts_with(ASKED));
        while let Some((place, held)) = self.held.pop(package) {
            let (of, Some(test)) = &place else {
                continue;
            };
            if held.progress == Progress::Running {
                running.push(format!("{of}.{test}"));
            }
            let mut output = held.lines();
            if state == TestState::Failed {
                is_asked |= output.iter().any(|line| line.starts_with(ASKED));
                show_all(&output, show);
            } else {
                output.clear();
            }
            self.note(place, state, 0.0, output);
        }
        if is_asked {
            // A test runs as long as its subtests do, which come next, and these say more.
            let nexts = running.iter().skip(1).map(String::as_str).chain([""]);
            let last = running.iter().zip(nexts);
            let last = last.filter(|(test, next)| !next.starts_with(&format!("{test}/")));
            let room = MAX_RUNNING.saturating_sub(self.running.len());
            let last = last.take(room).map(|(test, _)| test.clone());
            self.running.extend(last);
        }
    }

    fn note(&mut self, place: Place, state: TestState, seconds: f64, output: Vec<String>) {
        let size = size_of_place(&place);
        let is_listed =
            self.listed < MAX_TESTS && self.listed_bytes.saturating_add(size) <= MAX_OF_ALL;
        if !is_listed {
            self.results.unlisted += u64::from(place.1.is_some());
            return;
        }
        self.listed += 1;
        self.listed_bytes += size;
        let output = self.kept(output);
        let (package, test) = place;
        let packages = &mut self.results.packages;
        let known = packages.entry(package).or_insert(PackageResult {
            state,
            seconds,
            tests: BTreeMap::new(),
            output: Vec::new(),
            place: None,
        });
        if let Some(name) = test {
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
        let bytes = size_of(&output);
        if self.kept_bytes.saturating_add(bytes) > MAX_OF_ALL {
            return vec!["(left out: too many tests failed with too many words)".to_owned()];
        }
        self.kept_bytes += bytes;
        output
    }

    /// Returns what came of all tests. Those that have not ended failed: what they said is shown.
    pub fn finish(mut self, show: &mut dyn FnMut(&str)) -> ReadTests {
        for line in std::mem::take(&mut self.open).into_values() {
            show_outside(&line, show);
        }
        self.leave(None, TestState::Failed, &[], show);
        ReadTests {
            complete: self.complete.into_iter().collect(),
            results: self.results,
            running: self.running,
        }
    }
}

/// Shows what is said outside of tests, but for verdicts.
fn show_outside(line: &str, show: &mut dyn FnMut(&str)) {
    let line = line.trim_end();
    if line != "PASS" && line != FAIL && !line.is_empty() {
        show(line);
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
    /// The tests that were running when somebody ended `go test`; not more than 100 of them.
    pub running: Vec<String>,
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
        let kept: usize = tests.map(|test| size_of(&test.output)).sum();
        assert!(kept <= MAX_OF_ALL + 400 * 200, "{kept}");
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
{"Action":"output","Package":"p","Output":"outside of "}
{"Action":"output","Package":"q","Output":"no end"}
{"Action":"output","Package":"p","Output":"tests\n"}
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
                "outside of tests",
                "FAIL\tp\t0.5s",
                "no json",
                "no end",
                "last words"
            ]
        );
        assert_eq!(read.complete, ["p"]);
        assert_eq!(read.results.count(TestState::Failed), 2);
        let remarks = read.results.remarks();
        assert_eq!(remarks[1], "slowest: p.TestA 0.50 s");
    }
    #[test]
    fn tests_with_names_without_end_are_counted_and_not_kept() {
        let mut reader = TestReader::default();
        for number in 0..400 {
            let name = format!("{number}{}", "x".repeat(60 << 10));
            let line = format!(r#"{{"Action":"pass","Package":"p","Test":"{name}"}}"#);
            reader.read(&line, &mut |_| {});
        }
        let results = reader.finish(&mut |_| {}).results;
        let listed = results.packages["p"].tests.len();
        assert!(listed < 300, "{listed}");
        assert_eq!(results.unlisted, 400 - listed as u64);
    }

    #[test]
    fn what_runs_when_go_test_is_ended_is_told() {
        let lines = r#"{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/sub"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"pause","Package":"p","Test":"TestB"}
{"Action":"run","Package":"q","Test":"TestC"}
{"Action":"output","Package":"q","Test":"TestC","Output":"panic: once\n"}
{"Action":"fail","Package":"q"}
{"Action":"run","Package":"r","Test":"BenchmarkD"}
{"Action":"pass","Package":"r"}
{"Action":"run","Package":"s","Test":"TestE"}
{"Action":"output","Package":"s","Output":"SIGQUIT: quit\n"}
{"Action":"fail","Package":"s"}"#;
        let mut reader = TestReader::default();
        for line in lines.lines() {
            reader.read(line, &mut |_| {});
        }
        let read = reader.finish(&mut |_| {});
        assert_eq!(read.running, ["s.TestE", "p.TestA/sub"]);
        let benchmark = &read.results.packages["r"].tests["BenchmarkD"];
        assert_eq!(benchmark.state, TestState::Passed);
    }
}
