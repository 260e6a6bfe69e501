//! A plan of plain programs in words: `dist --dry-run`.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::toolchain::Choice;

use super::{DistImage, DistPlan, DistProgram};
use crate::model::Entry;

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
    /// The list of all files and their sums.
    pub checksums: String,
    /// What each archive holds beside its program.
    pub files: Vec<String>,
    /// Whether each file would be signed.
    pub signed: bool,
    /// Whether programs would be packed by upx.
    pub packed: bool,
    /// Where the files would be pushed to: `HOST/PATH:TAG`.
    pub pushed: BTreeSet<String>,
}

/// A program that would be made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlannedProgram {
    /// The import path of its main package.
    pub package: String,
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// Where it would be: the program itself, or the archive that it is in.
    pub path: String,
    /// Where it would be listed what it consists of.
    pub sboms: Vec<String>,
}

impl DistDescription {
    /// Describes `plan`, compiled by `go`.
    pub fn new(plan: &DistPlan, go: &Choice) -> Self {
        Self {
            form: 1,
            go: go.version.to_string(),
            go_reason: go.reason.clone(),
            programs: plan.programs.iter().map(|it| describe(plan, it)).collect(),
            checksums: plan.checksums().display().to_string(),
            files: plan.files.iter().map(archived).collect(),
            signed: plan.form.signed.is_wanted(),
            packed: plan.form.packed.is_wanted(),
            pushed: plan.images.iter().filter_map(pushed).collect(),
        }
    }

    /// Returns the JSON schema of the description: `coracle schema dist-plan`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

fn archived(entry: &Entry) -> String {
    entry.path.to_archive_name().to_owned()
}

fn pushed(image: &DistImage) -> Option<String> {
    let place = image.place.as_ref()?;
    Some(format!("{}:{}", place.repository, place.tag))
}

fn describe(plan: &DistPlan, program: &DistProgram) -> PlannedProgram {
    let sboms = plan.form.sbom.iter();
    let sboms = sboms.map(|format| program.sbom(*format).display().to_string());
    PlannedProgram {
        package: program.target.main.import_path.to_string(),
        platform: program.target.platform.to_string(),
        path: program.path.display().to_string(),
        sboms: sboms.collect(),
    }
}

impl fmt::Display for DistDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for program in &self.programs {
            writeln!(f, "{:<15} {}", program.platform, program.path)?;
            for sbom in &program.sboms {
                writeln!(f, "{:<15} {sbom}", "")?;
            }
        }
        writeln!(f, "{:<15} {}", "sums", self.checksums)?;
        if !self.files.is_empty() {
            writeln!(f, "{:<15} {}", "in archives", self.files.join(", "))?;
        }
        if self.packed {
            writeln!(f, "{:<15} by upx", "packed")?;
        }
        if self.signed {
            writeln!(f, "{:<15} FILE.sigstore.json", "signed")?;
        }
        self.pushed
            .iter()
            .try_for_each(|place| writeln!(f, "{:<15} {place}", "pushed"))
    }
}
