//! A command of a stage, followed: what it says is read by what it is.

use std::time::Duration;

use super::output::OutputEnd;
use super::{CiPorts, StageListener};
use crate::config::StageName;
use crate::model::{BuildError, Phase, Secret};
use crate::ports::{Overtime, StageEnd, StageOrder};
use crate::stages::{
    CommandLine, Coverage, Finding, Linter, ReadTests, SharedMask, Stage, TestReader, TestResults,
    TestState,
};

/// How `go test` ends where tests failed, and nothing else is wrong.
const TESTS_FAILED: i32 = 1;

/// What a stage came to, beside its end.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The end of what it said.
    pub(super) output: OutputEnd,
    /// What came of tests.
    pub(super) tests: Option<TestResults>,
    /// What linters found.
    pub(super) findings: Vec<Finding>,
    /// The tests that were running when the time was over.
    pub(super) running: Vec<String>,
}

/// How a command is run: with what else than its words.
pub(super) struct Following<'a> {
    pub(super) ports: CiPorts<'a>,
    pub(super) stage: &'a Stage,
    pub(super) listener: &'a dyn StageListener,
    pub(super) mask: &'a SharedMask,
    pub(super) env: &'a [(String, String)],
    pub(super) secrets: &'a [(String, Secret)],
    /// When the stage began.
    pub(super) begin: Duration,
}

impl Following<'_> {
    /// Runs `command` to its end, and adds what it said to `said`.
    ///
    /// # Errors
    /// When it cannot be run, or less was covered than is asked for.
    pub(super) fn run(
        &self,
        command: &CommandLine,
        said: &mut Said,
    ) -> Result<StageEnd, BuildError> {
        if let Some(words) = with_json(command) {
            return self.test(words, said);
        }
        let linter = Linter::of(command);
        let Said {
            output, findings, ..
        } = said;
        self.ports
            .runner
            .run(&self.order(command.words(), Overtime::End), &mut |line| {
                let line = self.mask.hide(line);
                if let Some(linter) = linter {
                    linter.read(&line, findings);
                }
                self.keep_hidden(output, line);
            })
    }

    /// Keeps a line without secrets, and shows it to whoever watches.
    fn keep(&self, output: &mut OutputEnd, line: &str) {
        self.keep_hidden(output, self.mask.hide(line));
    }

    fn keep_hidden(&self, output: &mut OutputEnd, line: String) {
        self.listener.said(self.stage, &line);
        output.add(line);
    }

    /// Orders a command, with the time that is left.
    fn order<'w>(&'w self, words: &'w [String], overtime: Overtime) -> StageOrder<'w> {
        let used = self.ports.clock.elapsed().saturating_sub(self.begin);
        StageOrder {
            words,
            env: self.env,
            secrets: self.secrets,
            limit: self.stage.timeout.saturating_sub(used),
            overtime,
        }
    }

    fn test(&self, mut words: Vec<String>, said: &mut Said) -> Result<StageEnd, BuildError> {
        let rules = self.stage.tests.as_ref();
        let profile = rules
            .and_then(|rules| rules.coverage)
            .map(|_| self.ports.runner.report_file())
            .transpose()
            .map_err(|error| {
                let message = "cannot make a file for the coverage";
                BuildError::new(Phase::Ci, &self.stage.name, message).because(error)
            })?;
        if let Some(profile) = &profile {
            let flag = format!("-coverprofile={}", profile.path().display());
            words.insert(2, flag);
        }
        let (end, mut read) = self.read(&words, said)?;
        if let Some(profile) = &profile {
            let mut coverage = Coverage::default();
            // Where nothing was compiled there is no profile, and no figure: that is judged where tests passed.
            coverage.add(&profile.text().unwrap_or_default());
            read.results.coverage = coverage.percent();
        }
        let end = match (end, rules) {
            (StageEnd::Failed(Some(TESTS_FAILED)), Some(rules)) if rules.retries > 0 => {
                let words = words.strip_suffix(rules.packages.as_slice());
                let words: Vec<String> = words
                    .unwrap_or_default()
                    .iter()
                    .filter(|word| !word.starts_with("-cover"))
                    .cloned()
                    .collect();
                self.again(&words, rules.retries, &mut read, said)?
                    .unwrap_or(end)
            }
            _ => end,
        };
        let covered = read.results.coverage;
        // What runs again is asked for by its own name, so names are hidden at the end.
        said.tests = Some(read.results.rewritten(&|text| self.mask.hide(text)));
        let floor = rules.and_then(|rules| rules.coverage).unwrap_or_default();
        match (end, covered) {
            (StageEnd::Passed, Some(covered)) if covered < f64::from(floor) => {
                Err(too_little(&self.stage.name, covered, floor))
            }
            (StageEnd::Passed, None) if floor > 0 => Err(uncounted(&self.stage.name, floor)),
            _ => Ok(end),
        }
    }

    fn read(&self, words: &[String], said: &mut Said) -> Result<(StageEnd, ReadTests), BuildError> {
        let (mut reader, output) = (TestReader::default(), &mut said.output);
        let order = self.order(words, Overtime::ShowStacks);
        let end = self.ports.runner.run(&order, &mut |line| {
            // JSON writes a secret in its own way, and a line in several pieces: what is shown of them is looked through.
            reader.read(line, &mut |line| self.keep(output, line));
        });
        let mut read = reader.finish(&mut |line| self.keep(output, line));
        let running = std::mem::take(&mut read.running);
        said.running = running.iter().map(|test| self.mask.hide(test)).collect();
        Ok((end?, read))
    }

    /// Runs what failed once more, and again: single tests where all tests of their package came to an end,
    /// else the package.
    fn again(
        &self,
        words: &[String],
        retries: u32,
        read: &mut ReadTests,
        said: &mut Said,
    ) -> Result<Option<StageEnd>, BuildError> {
        // What failed without a word of any package is not mended by running tests.
        if !read.results.has_failed() {
            return Ok(None);
        }
        let mut complete = read.complete.clone();
        for retry in 1..=retries {
            let failed = read.results.packages.iter();
            let failed: Vec<String> = failed
                .filter(|(_, result)| result.state == TestState::Failed && !result.tests.is_empty())
                .map(|(package, _)| package.clone())
                .collect();
            for package in failed {
                let mut words = words.to_vec();
                words.push("-count=1".to_owned());
                let tests = read.results.failed_in(&package);
                if complete.contains(&package) && !tests.is_empty() {
                    let tests: Vec<&str> = tests.into_iter().collect();
                    words.push(format!("-run=^({})$", tests.join("|")));
                }
                words.push(package.clone());
                let again = format!("{package}: what failed runs again ({retry} of {retries})");
                said.output.add(self.mask.hide(&again));
                let (end, again) = self.read(&words, said)?;
                if let Some(result) = again.results.packages.get(&package) {
                    read.results.amend(&package, result);
                }
                complete.extend(again.complete);
                if end == StageEnd::OutOfTime {
                    return Ok(Some(end));
                }
            }
        }
        Ok((!read.results.has_failed()).then_some(StageEnd::Passed))
    }
}

/// Returns the words of a `go test` that tells what it does event by event; nothing for another command, and for
/// one whose output the user has chosen.
fn with_json(command: &CommandLine) -> Option<Vec<String>> {
    let ("go", [verb, rest @ ..]) = command.split() else {
        return None;
    };
    let is_chosen = |word: &String| ["-json", "--json", "-c", "--c"].contains(&word.as_str());
    if verb != "test" || rest.iter().any(is_chosen) {
        return None;
    }
    let mut words = command.words().to_vec();
    words.insert(2, "-json".to_owned());
    Some(words)
}

fn uncounted(stage: &StageName, floor: u8) -> BuildError {
    let message = format!(
        "no statements were counted, and [pipeline.test] coverage asks for {floor} % of them"
    );
    BuildError::new(Phase::Ci, stage, message)
        .hint("a -coverprofile in [pipeline.test] flags takes the place of coracle's own: leave it out")
        .hint("where there is nothing to be counted, leave coverage out; to see what is: go test -cover ./...")
}

fn too_little(stage: &StageName, covered: f64, floor: u8) -> BuildError {
    let message = format!(
        "the tests run {covered:.1} % of all statements, and [pipeline.test] coverage asks for {floor} %"
    );
    BuildError::new(Phase::Ci, stage, message).hint(
        "see what is not run: go test -coverprofile=cover.out ./... && go tool cover -html=cover.out",
    )
}
