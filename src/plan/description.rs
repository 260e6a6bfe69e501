//! A plan in words: `--dry-run`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::toolchain::Choice;

use super::{ImagePlan, ImagesPlan};

/// What a build would do, as `--dry-run` prints it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanDescription {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The Go that would compile.
    pub go: String,
    /// Why it is this one.
    pub go_reason: String,
    /// The images.
    pub images: Vec<PlannedImage>,
    /// How often `go build` would run.
    pub compiles: usize,
}

/// An image that would be made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlannedImage {
    /// Its name.
    pub name: String,
    /// What it would stand on.
    pub base: String,
    /// What it would run on.
    pub platforms: Vec<String>,
    /// Its programs: the path in the image, and the main package.
    pub programs: BTreeMap<String, String>,
    /// What they would let their processes do, in setcap's form: the path in the image, and the capabilities.
    pub capabilities: BTreeMap<String, String>,
    /// The variables that the linker would set.
    pub stamps: BTreeMap<String, String>,
    /// The files that would be copied.
    pub files: Vec<String>,
    /// Who it would run as, `UID:GID`.
    pub user: String,
    /// When it would say that it was made.
    pub created: String,
    /// Where it would go, and the tags there.
    pub outputs: BTreeMap<String, Vec<String>>,
}

impl PlanDescription {
    /// Describes `plan`, compiled by `go`.
    pub fn new(plan: &ImagesPlan, go: &Choice) -> Self {
        Self {
            form: 1,
            go: go.version.to_string(),
            go_reason: go.reason.clone(),
            images: plan.images.iter().map(describe).collect(),
            compiles: plan.batches.len(),
        }
    }

    /// Returns the JSON schema of the description: `coracle schema plan`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

fn describe(image: &ImagePlan) -> PlannedImage {
    let settings = image.platforms.first();
    PlannedImage {
        name: image.name.to_string(),
        base: image.base.to_string(),
        platforms: image
            .platforms
            .iter()
            .map(|settings| settings.platform.to_string())
            .collect(),
        programs: image
            .programs
            .iter()
            .map(|program| (program.to.to_string(), program.main.import_path.to_string()))
            .collect(),
        capabilities: image
            .programs
            .iter()
            .filter(|program| !program.capabilities.is_empty())
            .map(|program| (program.to.to_string(), program.capabilities.to_string()))
            .collect(),
        stamps: image
            .programs
            .iter()
            .flat_map(|program| program.settings.stamps.clone())
            .collect(),
        files: image
            .files
            .iter()
            .map(|file| file.path.to_string())
            .collect(),
        user: settings
            .map(|settings| settings.user.to_string())
            .unwrap_or_default(),
        created: settings
            .map(|settings| settings.created.to_string())
            .unwrap_or_default(),
        outputs: image
            .deliveries
            .iter()
            .map(|delivery| {
                (
                    delivery.destination.to_string(),
                    delivery.tags.iter().map(ToString::to_string).collect(),
                )
            })
            .collect(),
    }
}

impl fmt::Display for PlanDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "go        {} ({})", self.go, self.go_reason)?;
        writeln!(f, "compiles  {}", self.compiles)?;
        self.images
            .iter()
            .try_for_each(|image| write!(f, "\n{image}"))
    }
}

impl fmt::Display for PlannedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "image     {}", self.name)?;
        writeln!(f, "base      {}", self.base)?;
        writeln!(f, "platforms {}", self.platforms.join(", "))?;
        for (path, package) in &self.programs {
            writeln!(f, "program   {path} from {package}")?;
        }
        for (path, capabilities) in &self.capabilities {
            writeln!(f, "rights    {path} {capabilities}")?;
        }
        for (variable, value) in &self.stamps {
            writeln!(f, "stamp     {variable}={value}")?;
        }
        for path in &self.files {
            writeln!(f, "file      {path}")?;
        }
        writeln!(f, "user      {}", self.user)?;
        writeln!(f, "created   {}", self.created)?;
        for (place, tags) in &self.outputs {
            let tags = if tags.is_empty() {
                "no tag".to_owned()
            } else {
                tags.join(", ")
            };
            writeln!(f, "output    {place} ({tags})")?;
        }
        Ok(())
    }
}
