//! What `ci` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::stages::{Finding, TestResults};

/// The version of the form of this document.
const FORM: u32 = 1;

/// What came of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CiDocument {
    /// The version of this document's form: 1.
    pub form: u32,
    /// What it ran for: `pull-request`, `main` or `tag`.
    pub event: String,
    /// The stages, each after all that it needs; then those that did not run for this event.
    pub stages: Vec<CiStage>,
}

/// What came of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CiStage {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub state: StageState,
    /// Why it was not run, or how it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it needs.
    pub needs: Vec<String>,
    /// Its commands, as they are typed.
    pub commands: Vec<String>,
    /// Why all of it is done though `--since` asked for what a change touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// What is worth a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What came of tests, where it runs `go test`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestResults>,
    /// What linters found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What came of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StageState {
    /// All its commands ended well.
    Passed,
    /// Nothing changed since it passed, or there is nothing in it for the change that is looked at.
    Skipped,
    /// A command ended badly, or took too long.
    Failed,
    /// What it needs failed, or the run was stopped.
    NotRun,
    /// It has nothing to do for this event.
    LeftOut,
}

impl StageState {
    /// Returns it in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::NotRun => "not run",
            Self::LeftOut => "left out",
        }
    }
}

impl CiDocument {
    /// Says what came of the stages.
    pub fn new(event: &str, stages: Vec<CiStage>) -> Self {
        Self {
            form: FORM,
            event: event.to_owned(),
            stages,
        }
    }

    /// Returns the JSON schema of the document: `coracle schema ci`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
