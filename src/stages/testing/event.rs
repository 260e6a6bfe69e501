//! One line of `go test -json`.

use serde::Deserialize;

/// Something that happened to a test, a package or a build.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TestEvent {
    pub(super) action: Action,
    #[serde(default)]
    pub(super) package: String,
    pub(super) test: Option<String>,
    #[serde(default)]
    pub(super) elapsed: f64,
    #[serde(default)]
    pub(super) output: String,
    /// What is built, where it is that.
    #[serde(default)]
    pub(super) import_path: String,
    /// What could not be built, where a package failed by it.
    pub(super) failed_build: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Action {
    Run,
    Pause,
    Cont,
    Output,
    Pass,
    Fail,
    Skip,
    BuildOutput,
    #[serde(other)]
    Other,
}

impl TestEvent {
    /// Reads a line; nothing where it is none of these, as what tests print past their framework.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let line = line.strip_prefix('{').map(|_| line)?;
        serde_json::from_str(line).ok()
    }
}
