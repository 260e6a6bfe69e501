//! Stages, run: each after all that it needs, and none that nothing changed for.

mod following;
mod output;
mod passed;
mod places;
mod run;
mod since;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use crate::config::{AlertConfig, CiEvent, StageName};
use crate::deploy::stages_text;
use crate::model::{BuildError, Cancellation, Phase, SourcePath};
use crate::ports::{Alarm, Clock, Git, SourceTree, StageRunner, VerdictShelf};
use crate::report::{CiDocument, CiStage, StageState};
use crate::stages::{Graph, LeftOut, Narrowing, Stage};

pub use output::OutputEnd;
pub use places::CiGround;
pub use since::{ConfigFile, SinceRequest, narrowed};

/// The world, as far as stages touch it.
#[derive(Clone, Copy)]
pub struct CiPorts<'a> {
    /// The user's source.
    pub source: &'a dyn SourceTree,
    /// Its history, where it lies in a repository.
    pub git: Option<&'a dyn Git>,
    /// What starts commands.
    pub runner: &'a dyn StageRunner,
    /// Which stages have passed, with what.
    pub passed: &'a dyn VerdictShelf,
    /// How long it has taken.
    pub clock: &'a (dyn Clock + Sync),
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// What is to be run.
pub struct CiRequest<'a> {
    /// The stages.
    pub graph: &'a Graph,
    /// What they run for.
    pub event: CiEvent,
    /// Where their source lies.
    pub ground: &'a CiGround<'a>,
    /// The folder of coracle.toml, in the source.
    pub folder: &'a SourcePath,
    /// Folders in the source that hold what earlier runs left, and no source: the caches of a CI that keeps none
    /// elsewhere.
    pub caches: &'a [SourcePath],
    /// Which of them.
    pub selection: &'a Selection,
    /// How many at once.
    pub jobs: NonZeroUsize,
}

/// Which stages are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// This one, and what comes after it.
    From(StageName),
    /// Those that have not passed with the source as it is.
    Rest,
}

/// Whoever is told of stages while they run.
pub trait StageListener: Sync {
    /// A stage has begun.
    fn started(&self, stage: &Stage);

    /// A stage has said a line.
    fn said(&self, stage: &Stage, line: &str);

    /// A stage has ended: what came of it, and the end of what it said.
    fn ended(&self, stage: &CiStage, output: &OutputEnd);
}

/// Runs the stages. Each that failed is an error.
///
/// # Errors
/// When a stage is named that does not run.
pub fn ci(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    listener: &dyn StageListener,
) -> Result<(CiDocument, Vec<BuildError>), BuildError> {
    let chosen = chosen(request)?;
    let (ran, errors) = run::all(ports, request, &chosen, listener);
    let document = CiDocument::new(
        request.event.as_str(),
        ran.into_iter().chain(left_out(request.graph)).collect(),
    );
    Ok((document, errors))
}

/// Tells people of the stages of `document` that failed, and returns why they could not be told. What fails for pull
/// requests is the business of whoever wants them.
pub fn alert(
    alarm: &dyn Alarm,
    alert: &AlertConfig,
    project: &str,
    document: &CiDocument,
) -> Vec<String> {
    let failed = document
        .stages
        .iter()
        .filter(|it| it.state == StageState::Failed);
    let failures: Vec<(&str, &str)> = failed
        .map(|stage| (&*stage.name, stage.reason.as_deref().unwrap_or_default()))
        .collect();
    if failures.is_empty() || document.event == CiEvent::PullRequest.as_str() {
        return Vec::new();
    }
    alarm.ring(alert, &stages_text(project, &document.event, &failures))
}

/// Describes the stages, and runs none.
pub fn described(graph: &Graph, event: CiEvent) -> CiDocument {
    let skipped: BTreeMap<&StageName, &String> = untouched(&graph.stages, graph.narrowing.as_ref())
        .map(|(stage, reason)| (&stage.name, reason))
        .collect();
    let stages = graph
        .stages
        .iter()
        .map(|stage| match skipped.get(&stage.name) {
            Some(reason) => told(stage, StageState::Skipped, Some((*reason).clone())),
            None => told(stage, StageState::NotRun, None),
        });
    CiDocument::new(event.as_str(), stages.chain(left_out(graph)).collect())
}

/// Returns the stages that a change does not touch, and why.
fn untouched<'a>(
    stages: &'a [Stage],
    narrowing: Option<&'a Narrowing>,
) -> impl Iterator<Item = (&'a Stage, &'a String)> {
    let reasons = narrowing.map(|it| &it.untouched);
    stages
        .iter()
        .filter_map(move |stage| Some((stage, reasons?.get(&stage.name)?)))
}

fn chosen(request: &CiRequest<'_>) -> Result<BTreeSet<StageName>, BuildError> {
    let stages = &request.graph.stages;
    let all = || stages.iter().map(|stage| stage.name.clone()).collect();
    let Selection::From(name) = request.selection else {
        return Ok(all());
    };
    if stages.iter().any(|stage| stage.name == *name) {
        return Ok(request.graph.from(name));
    }
    if let Some(why) = request.graph.left_out.get(name) {
        let message = format!("this stage is left out: {}", why_left_out(name, why));
        let error = BuildError::new(Phase::Config, name, message);
        return Err(error.hint(match why {
            LeftOut::Event(_) => "what runs for another event: coracle ci --explain --event main",
            _ => "what runs: coracle ci --explain",
        }));
    }
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let event = request.event.as_str();
    let error = BuildError::new(
        Phase::Config,
        name,
        format!("no stage of this name runs for {event}"),
    );
    Err(
        match crate::config::nearest(name.as_str(), names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean {near:?}?")),
            None => error.hint(format!("stages are {}", names.join(", "))),
        },
    )
}

fn left_out(graph: &Graph) -> impl Iterator<Item = CiStage> {
    graph.left_out.iter().map(|(name, why)| CiStage {
        name: name.to_string(),
        state: StageState::LeftOut,
        reason: Some(why_left_out(name, why)),
        needs: Vec::new(),
        commands: Vec::new(),
        whole: None,
        seconds: 0.0,
        notes: Vec::new(),
        tests: None,
        findings: Vec::new(),
    })
}

fn why_left_out(name: &StageName, why: &LeftOut) -> String {
    match why {
        LeftOut::Event(event) => format!("it does not run for {}", event.as_str()),
        LeftOut::Unwanted => "[pipeline] without names it".to_owned(),
        LeftOut::Idle => match name.as_str() {
            "check" => "there is no [policy]".to_owned(),
            "deploy" => "there is no [deploy]".to_owned(),
            "smoke" => "[deploy] has no smoke test".to_owned(),
            _ => "no image has a repository".to_owned(),
        },
        LeftOut::Needs(need) => format!("it needs {need}, which does not run"),
    }
}

fn told(stage: &Stage, state: StageState, reason: Option<String>) -> CiStage {
    CiStage {
        name: stage.name.to_string(),
        state,
        reason,
        needs: stage.needs.iter().map(ToString::to_string).collect(),
        commands: stage.commands.iter().map(ToString::to_string).collect(),
        whole: stage.whole.clone().filter(|_| state != StageState::Skipped),
        seconds: 0.0,
        notes: Vec::new(),
        tests: None,
        findings: Vec::new(),
    }
}
