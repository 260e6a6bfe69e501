//! What came of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::SourceLine;
use super::words::is_verdict;

/// How many of the slowest tests are named.
const SLOWEST: usize = 5;

/// What came of tests.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct TestResults {
    /// By package.
    pub packages: BTreeMap<String, PackageResult>,
    /// How many tests are not listed, as there were too many.
    pub unlisted: u64,
    /// How many percent of all statements ran, where that was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
}

/// What came of the tests of a package.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PackageResult {
    /// What came of it as a whole.
    pub state: TestState,
    /// How long it took.
    pub seconds: f64,
    /// By test.
    pub tests: BTreeMap<String, TestResult>,
    /// What it said outside of its tests, where it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Where it failed, where that is outside of its tests and can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<SourceLine>,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TestResult {
    /// What came of it.
    pub state: TestState,
    /// How long it took.
    pub seconds: f64,
    /// What it said, where it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Where it failed, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<SourceLine>,
}

/// Something of a package's that failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailedTest<'a> {
    /// The package.
    pub package: &'a str,
    /// The test; none for what failed outside of tests, as a package that cannot be compiled.
    pub test: Option<&'a str>,
    /// What it said.
    pub output: &'a [String],
    /// Where it failed, where that can be told.
    pub place: Option<&'a SourceLine>,
}

/// What it is called.
impl fmt::Display for FailedTest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.test {
            Some(test) => write!(f, "{}.{test}", self.package),
            None => f.write_str(self.package),
        }
    }
}

/// What came of a test or a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TestState {
    /// All is well.
    Passed,
    /// It failed, or did not end.
    Failed,
    /// It failed, and passed when it ran again.
    Flaky,
    /// It left itself out, or there are no tests.
    Skipped,
}

impl PackageResult {
    /// Tells whether it failed, and none of its tests did.
    pub fn is_broken(&self) -> bool {
        let mut tests = self.tests.values();
        self.state == TestState::Failed && !tests.any(|it| it.state == TestState::Failed)
    }

    fn has_failed_below(&self, test: &str) -> bool {
        let prefix = format!("{test}/");
        let below = self.tests.range(prefix.clone()..);
        let mut below = below.take_while(|(name, _)| name.starts_with(&prefix));
        below.any(|(_, it)| it.state == TestState::Failed)
    }
}

impl TestResults {
    /// Returns it with all that tests and packages are called and say as `rewrite` has it.
    #[must_use]
    pub fn rewritten(self, rewrite: &dyn Fn(&str) -> String) -> Self {
        let lines = |output: &[String]| output.iter().map(|line| rewrite(line)).collect();
        let mut packages = BTreeMap::new();
        for (package, result) in self.packages {
            let mut tests = BTreeMap::new();
            for (test, result) in result.tests {
                let output = lines(&result.output);
                let name = unused(&tests, rewrite(&test));
                tests.insert(name, TestResult { output, ..result });
            }
            let output = lines(&result.output);
            let name = unused(&packages, rewrite(&package));
            let result = PackageResult {
                tests,
                output,
                ..result
            };
            packages.insert(name, result);
        }
        Self { packages, ..self }
    }

    /// Returns all tests, with their packages.
    pub fn tests(&self) -> impl Iterator<Item = (&str, &str, &TestResult)> {
        self.packages.iter().flat_map(|(package, result)| {
            let tests = result.tests.iter();
            tests.map(|(name, test)| (package.as_str(), name.as_str(), test))
        })
    }

    /// Returns what failed: of a test that did by its subtests alone, only these.
    pub fn failed(&self) -> impl Iterator<Item = FailedTest<'_>> {
        self.packages.iter().flat_map(|(package, result)| {
            let tests = result.tests.iter();
            let tests = tests.filter(|(name, test)| {
                test.state == TestState::Failed
                    && (test.output.iter().any(|line| !is_verdict(line))
                        || !result.has_failed_below(name))
            });
            let tests = tests.map(|(name, test)| FailedTest {
                package,
                test: Some(name.as_str()),
                output: &test.output,
                place: test.place.as_ref(),
            });
            let whole = result.is_broken().then_some(FailedTest {
                package,
                test: None,
                output: &result.output,
                place: result.place.as_ref(),
            });
            whole.into_iter().chain(tests)
        })
    }

    /// Returns how many tests came to `state`.
    pub fn count(&self, state: TestState) -> usize {
        self.tests()
            .filter(|(.., test)| test.state == state)
            .count()
    }

    /// Returns what is worth a line each: how many tests there were, the slowest and the flaky.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![self.counts()];
        let mut slowest: Vec<_> = self
            .tests()
            .filter(|(.., test)| test.seconds > 0.0)
            .collect();
        slowest.sort_by(|a, b| b.2.seconds.total_cmp(&a.2.seconds));
        let named = |&(package, name, test): &(&str, &str, &TestResult)| {
            format!("{package}.{name} {:.2} s", test.seconds)
        };
        let slowest: Vec<String> = slowest.iter().take(SLOWEST).map(named).collect();
        if !slowest.is_empty() {
            remarks.push(format!("slowest: {}", slowest.join(", ")));
        }
        for (package, name, _) in self.tests().filter(|(.., it)| it.state == TestState::Flaky) {
            remarks.push(format!(
                "flaky: {package}.{name} failed, and passed when it ran again"
            ));
        }
        remarks
    }

    fn counts(&self) -> String {
        let all = self.tests().count();
        let mut counts = vec![format!("{all} tests in {} packages", self.packages.len())];
        for (state, word) in [
            (TestState::Failed, "failed"),
            (TestState::Flaky, "flaky"),
            (TestState::Skipped, "skipped"),
        ] {
            let count = self.count(state);
            if count > 0 {
                counts.push(format!("{count} {word}"));
            }
        }
        if self.unlisted > 0 {
            counts.push(format!("{} not listed", self.unlisted));
        }
        let counts = counts.join(", ");
        match self.coverage {
            Some(coverage) => format!("{counts}; {coverage:.1} % of statements covered"),
            None => counts,
        }
    }

    /// Tells whether any package failed.
    pub fn has_failed(&self) -> bool {
        let mut packages = self.packages.values();
        packages.any(|package| package.state == TestState::Failed)
    }

    /// Returns the top-level tests of `package` that failed.
    pub fn failed_in(&self, package: &str) -> BTreeSet<&str> {
        let tests = self
            .packages
            .get(package)
            .into_iter()
            .flat_map(|it| &it.tests);
        tests
            .filter(|(_, test)| test.state == TestState::Failed)
            .map(|(name, _)| name.split_once('/').map_or(name.as_str(), |(top, _)| top))
            .collect()
    }

    /// Takes what came of `package` when some of its tests ran `again`.
    pub fn amend(&mut self, package: &str, again: &PackageResult) {
        let Some(known) = self.packages.get_mut(package) else {
            return;
        };
        for (name, test) in &mut known.tests {
            let passed = again
                .tests
                .get(name)
                .is_some_and(|it| it.state == TestState::Passed);
            // A subtest may have another name each time: that of its test counts.
            let top = name.split('/').next().unwrap_or(name);
            let top_passed = again
                .tests
                .get(top)
                .is_some_and(|it| it.state == TestState::Passed);
            if test.state == TestState::Failed && (passed || top_passed) {
                test.state = TestState::Flaky;
            }
        }
        let has_failed = known.tests.values().any(|it| it.state == TestState::Failed);
        if again.state == TestState::Passed && !has_failed {
            known.state = TestState::Flaky;
        }
    }
}

/// Returns `name`, or where others are called so, one like it: no failure takes another's place.
fn unused<T>(known: &BTreeMap<String, T>, name: String) -> String {
    let others = (2..).map(|number| format!("{name}#{number}"));
    let mut names = std::iter::once(name.clone()).chain(others);
    names.find(|name| !known.contains_key(name)).unwrap_or(name)
}
