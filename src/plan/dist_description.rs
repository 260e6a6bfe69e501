//! A plan of plain programs in words: `dist --dry-run`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::toolchain::Choice;

use super::{DistPlan, DistProgram};

/// What `dist` would do, as `--dry-run` prints it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DistDescription {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The Go that would compile.
    pub go: String,
    /// Why it is this one.
    pub go_reason: String,
    /// The programs.
    pub programs: Vec<PlannedProgram>,
}

/// A program that would be made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlannedProgram {
    /// The import path of its main package.
    pub package: String,
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// Where it would be.
    pub path: String,
}

impl DistDescription {
    /// Describes `plan`, compiled by `go`.
    pub fn new(plan: &DistPlan, go: &Choice) -> Self {
        Self {
            form: 1,
            go: go.version.to_string(),
            go_reason: go.reason.clone(),
            programs: plan.programs.iter().map(describe).collect(),
        }
    }

    /// Returns the JSON schema of the description: `coracle schema dist-plan`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

fn describe(program: &DistProgram) -> PlannedProgram {
    PlannedProgram {
        package: program.target.main.import_path.to_string(),
        platform: program.target.platform.to_string(),
        path: program.path.display().to_string(),
    }
}

impl fmt::Display for DistDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.programs
            .iter()
            .try_for_each(|program| writeln!(f, "{:<15} {}", program.platform, program.path))
    }
}
