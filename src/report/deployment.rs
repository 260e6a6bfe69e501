//! What `deploy`, `rollback` and `status` print.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Failure, Status};
use crate::model::ForeignText;

/// What was deployed, or what runs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Deployment {
    /// The version of this document's form: 1.
    pub form: u32,
    /// How the run ended.
    pub status: Status,
    /// What was to be deployed: references by digest, by the names of images. Empty for other verbs.
    pub images: BTreeMap<String, String>,
    /// The environments, in their order, as far as the run came.
    pub environments: Vec<DeployedEnvironment>,
    /// Each failure.
    pub errors: Vec<Failure>,
}

/// One environment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeployedEnvironment {
    /// Its name.
    pub name: String,
    /// By what images get there: `kubernetes`, `command` or `podman`.
    pub how: String,
    /// What came of the run there.
    pub outcome: DeployOutcome,
    /// What became of a deploy or rollback that had died before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<ResumedDeploy>,
    /// What would run there, for a dry run.
    pub wanted: Vec<RunningImage>,
    /// What runs there now, where that is known.
    pub running: Vec<RunningImage>,
    /// How long it took, for `deploy` and `rollback`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The phases of that, in their order, as far as the run came.
    pub phases: Vec<DeployPhaseTime>,
    /// The smoke tests that were run.
    pub smoke: Vec<SmokeResult>,
    /// What a rollback would bring back.
    pub previous: Vec<RunningImage>,
    /// Who deploys there at the moment, for `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

/// What came of a run in one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeployOutcome {
    /// The images run there, and all tests passed.
    Deployed,
    /// They ran there before, and all tests passed; of a dry run: they run there.
    Unchanged,
    /// A deploy would change what runs there; nothing was changed.
    WouldDeploy,
    /// It failed, and what ran before runs again: compared by digest.
    RolledBack,
    /// It failed, and is as the failure left it.
    Failed,
    /// All that runs there is ready.
    Ready,
    /// Something there is not ready.
    NotReady,
    /// A deploy was begun there and has not ended.
    Unfinished,
    /// Nothing runs there.
    Nothing,
}

/// How long a phase of a deploy took.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct DeployPhaseTime {
    /// The phase.
    pub phase: DeployPhase,
    /// When it began, in seconds from the beginning of the run.
    pub begins: f64,
    /// How many seconds it took.
    pub seconds: f64,
}

/// A phase of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeployPhase {
    /// What runs and what is to run is found out; a deploy that had died is finished or undone.
    Prepare,
    /// Whoever runs the images is told to.
    Apply,
    /// It is waited until they are ready, and looked at what runs.
    Rollout,
    /// The smoke tests run.
    Smoke,
    /// What ran before is brought back.
    Rollback,
}

/// What became of a deploy or rollback that had died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResumedDeploy {
    /// What it wanted ran already.
    Finished,
    /// What ran before it was brought back.
    Undone,
    /// A rollback is left as it was: the deploy takes its place, and leads back to where it led.
    Replaced,
}

/// An image that runs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunningImage {
    /// What runs it, as in `deployment/shop`.
    pub unit: String,
    /// The container in it.
    pub container: String,
    /// The image, as it is written there.
    pub image: String,
}

/// What came of a smoke test.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SmokeResult {
    /// What was tried.
    pub test: String,
    /// How often.
    pub tries: u32,
    /// Why it has failed; nothing where it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Deployment {
    /// Returns the JSON schema of the document: `coracle schema deployment`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl DeployPhase {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Apply => "apply",
            Self::Rollout => "rollout",
            Self::Smoke => "smoke",
            Self::Rollback => "rollback",
        }
    }
}

impl DeployOutcome {
    /// Returns it in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Unchanged => "unchanged",
            Self::WouldDeploy => "would deploy",
            Self::RolledBack => "rolled back",
            Self::Failed => "failed",
            Self::Ready => "ready",
            Self::NotReady => "not ready",
            Self::Unfinished => "unfinished",
            Self::Nothing => "nothing runs",
        }
    }
}

/// Writes a line for each image that runs, by environments.
///
/// # Errors
/// Those of the writer.
pub fn write_deployment(to: &mut dyn Write, deployment: &Deployment) -> io::Result<()> {
    for environment in &deployment.environments {
        let outcome = environment.outcome.word();
        if !environment.wanted.is_empty() {
            write_wanted(to, environment)?;
            continue;
        }
        if environment.running.is_empty() {
            writeln!(to, "{}  {outcome}", environment.name)?;
        }
        for running in &environment.running {
            let (unit, image) = (
                ForeignText::new(&running.unit),
                ForeignText::new(&running.image),
            );
            writeln!(to, "{}  {outcome}  {unit}  {image}", environment.name)?;
        }
        if let Some(holder) = &environment.held_by {
            writeln!(
                to,
                "{}  held by {}",
                environment.name,
                ForeignText::new(holder)
            )?;
        }
    }
    Ok(())
}

/// Writes what would run, and in place of what.
fn write_wanted(to: &mut dyn Write, environment: &DeployedEnvironment) -> io::Result<()> {
    for wanted in &environment.wanted {
        let (unit, image) = (
            ForeignText::new(&wanted.unit),
            ForeignText::new(&wanted.image),
        );
        let outcome = environment.outcome.word();
        write!(to, "{}  {outcome}  {unit}  {image}", environment.name)?;
        let same =
            |it: &&RunningImage| (&it.unit, &it.container) == (&wanted.unit, &wanted.container);
        match environment.running.iter().find(same) {
            Some(now) if now.image != wanted.image => {
                writeln!(to, "  in place of {}", ForeignText::new(&now.image))?;
            }
            _ => writeln!(to)?,
        }
    }
    Ok(())
}
