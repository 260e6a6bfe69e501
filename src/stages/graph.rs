//! All stages, in an order in which each comes after what it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::built_in::{self, NAMES, TIMEOUT, named};
use super::{CommandLine, Inputs, Machine, Narrowing, Stage, StagesError, Subject};
use crate::config::{CiEvent, Config, EnvName, SecretSource, StageConfig, StageName};
use crate::model::SourcePath;

/// What runs, and what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// What runs; each after all that it needs.
    pub stages: Vec<Stage>,
    /// What does not, and why.
    pub left_out: BTreeMap<StageName, LeftOut>,
    /// What a change does not touch, where only that is asked for which it does.
    pub narrowing: Option<Narrowing>,
}

/// Why a stage does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// It runs for something else.
    Event(CiEvent),
    /// `[pipeline] without` names it.
    Unwanted,
    /// The project has nothing for it to do.
    Idle,
    /// What it needs does not run.
    Needs(StageName),
}

impl Graph {
    /// Returns `name` and all that comes after it.
    pub fn from(&self, name: &StageName) -> BTreeSet<StageName> {
        let mut after: BTreeSet<StageName> = [name.clone()].into();
        for stage in &self.stages {
            if !stage.needs.is_disjoint(&after) {
                after.insert(stage.name.clone());
            }
        }
        after
    }
}

/// Returns what `coracle ci` does for `event`.
///
/// # Errors
/// When stages are named that are not there, wait for each other, do nothing or make the same, and when a
/// secret is asked for that nothing is said of.
pub fn graph(config: &Config, machine: Machine, event: CiEvent) -> Result<Graph, StagesError> {
    let pipeline = &config.pipeline;
    let timeout = |name: &str| {
        let own = pipeline.stages.get(&named(name));
        own.and_then(|own| own.timeout).unwrap_or(TIMEOUT)
    };
    let built_in = built_in::stages(config, machine, event, timeout)?;
    let mut stages: BTreeMap<StageName, Stage> = built_in
        .into_iter()
        .map(|stage| (stage.name.clone(), stage))
        .collect();
    check_names(config)?;
    for (name, own) in &pipeline.stages {
        let usual = stages.remove(name);
        if let Some(stage) = changed(config, name, own, usual)? {
            stages.insert(name.clone(), stage);
        }
    }
    check_outputs(stages.values())?;
    let mut left_out: BTreeMap<StageName, LeftOut> = NAMES
        .into_iter()
        .map(named)
        .filter(|name| !stages.contains_key(name))
        .map(|name| (name, LeftOut::Idle))
        .collect();
    let all = in_order(stages)?;
    let mut running: BTreeSet<StageName> = BTreeSet::new();
    let mut chosen = Vec::new();
    for mut stage in all {
        let own = pipeline.stages.get(&stage.name);
        let asked = own.and_then(|own| own.needs.as_ref());
        let asked = asked.into_iter().flatten().cloned();
        let mut vital = asked.chain(indispensable(&stage.name, own));
        let missing = vital.find(|need| !running.contains(need));
        let why = if pipeline.without.contains(&stage.name) {
            Some(LeftOut::Unwanted)
        } else if !stage.on.contains(&event) || event == CiEvent::PullRequest && stage.publishes() {
            Some(LeftOut::Event(event))
        } else {
            missing.map(LeftOut::Needs)
        };
        if let Some(why) = why {
            left_out.insert(stage.name, why);
            continue;
        }
        stage.needs.retain(|need| running.contains(need));
        running.insert(stage.name.clone());
        chosen.push(stage);
    }
    Ok(Graph {
        stages: chosen,
        left_out,
        narrowing: None,
    })
}

/// Returns the stages without which one of coracle's own does nothing good; what a command of one's own needs is
/// for its author to say.
fn indispensable(name: &StageName, own: Option<&StageConfig>) -> Vec<StageName> {
    if own.is_some_and(|own| own.command.is_some()) {
        return Vec::new();
    }
    let names = built_in::indispensable(name.as_str()).iter();
    names.map(|name| named(name)).collect()
}

fn check_names(config: &Config) -> Result<(), StagesError> {
    let pipeline = &config.pipeline;
    let own = pipeline.stages.keys().cloned();
    let known: BTreeSet<StageName> = NAMES.into_iter().map(named).chain(own).collect();
    if let Some(name) = pipeline.without.difference(&known).next() {
        return Err(StagesError::Unknown {
            place: "[pipeline] without".to_owned(),
            name: name.clone(),
            known: NAMES.into_iter().map(named).collect(),
        });
    }
    if let Some(name) = pipeline
        .without
        .iter()
        .find(|name| !NAMES.contains(&name.as_str()))
    {
        return Err(StagesError::NotBuiltIn(name.clone()));
    }
    for (name, stage) in &pipeline.stages {
        let needs = stage.needs.iter().flatten();
        if let Some(unknown) = needs.into_iter().find(|need| !known.contains(need)) {
            return Err(StagesError::Unknown {
                place: format!("[pipeline.stages.{name}] needs"),
                name: unknown.clone(),
                known: known.iter().filter(|it| *it != name).cloned().collect(),
            });
        }
    }
    Ok(())
}

/// Returns a stage of one's own, or `usual` with what is said of it. One of coracle's that has nothing to do
/// here stays so.
fn changed(
    config: &Config,
    name: &StageName,
    own: &StageConfig,
    usual: Option<Stage>,
) -> Result<Option<Stage>, StagesError> {
    let command = match &own.command {
        Some(words) => Some(
            CommandLine::new(words.clone()).ok_or_else(|| StagesError::NoCommand(name.clone()))?,
        ),
        None => None,
    };
    let is_idle = usual.is_none() && NAMES.contains(&name.as_str());
    let commands = match (command, &usual) {
        (Some(command), _) => vec![command],
        (None, Some(usual)) => usual.commands.clone(),
        (None, None) if is_idle => return Ok(None),
        (None, None) => return Err(StagesError::NoCommand(name.clone())),
    };
    let inputs = match (&own.inputs, &usual) {
        (Some(globs), _) => Inputs::Globs(globs.clone()),
        (None, Some(usual)) if own.command.is_none() => usual.inputs.clone(),
        (None, _) => Inputs::Unknown,
    };
    let is_usual = own.command.is_none();
    let mut needs = own.needs.clone();
    let mut outputs = own.outputs.clone();
    let mut on = CiEvent::ALL.into();
    let (mut tests, mut note) = (None, None);
    let mut subject = Subject::of_own(&commands);
    if let Some(usual) = usual {
        needs.get_or_insert(usual.needs);
        outputs.extend(usual.outputs.into_iter().filter(|_| is_usual));
        on = usual.on;
        tests = usual.tests.filter(|_| is_usual);
        note = usual.note.filter(|_| is_usual);
        if is_usual {
            subject = usual.subject;
        }
    }
    let mut needs = needs.unwrap_or_default();
    needs.extend(indispensable(name, Some(own)));
    Ok(Some(Stage {
        name: name.clone(),
        commands,
        needs,
        inputs,
        outputs,
        env: own.env.clone(),
        secrets: secrets(config, name, own)?,
        timeout: own.timeout.unwrap_or(TIMEOUT),
        on: own.on.clone().unwrap_or(on),
        tests,
        note,
        whole: None,
        subject,
    }))
}

fn secrets(
    config: &Config,
    name: &StageName,
    own: &StageConfig,
) -> Result<BTreeMap<EnvName, SecretSource>, StagesError> {
    let values = &config.secrets.values;
    let found = own.secrets.iter().map(|secret| match values.get(secret) {
        Some(source) => Ok((secret.clone(), source.clone())),
        None => Err(StagesError::UnknownSecret {
            stage: name.clone(),
            secret: secret.clone(),
            known: values.keys().cloned().collect(),
        }),
    });
    found.collect()
}

fn check_outputs<'a>(stages: impl Iterator<Item = &'a Stage>) -> Result<(), StagesError> {
    let mut made: Vec<(&SourcePath, &StageName)> = Vec::new();
    let is_within = |inner: &SourcePath, outer: &SourcePath| {
        let rest = inner.as_str().strip_prefix(outer.as_str());
        outer.as_str().is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    for stage in stages {
        for path in &stage.outputs {
            let clash = made.iter().find(|(other, name)| {
                *name != &stage.name && (is_within(path, other) || is_within(other, path))
            });
            if let Some((_, first)) = clash {
                return Err(StagesError::Clash {
                    first: (*first).clone(),
                    second: stage.name.clone(),
                    path: path.clone(),
                });
            }
            made.push((path, &stage.name));
        }
    }
    Ok(())
}

/// Sorts stages so that each comes after what it needs: coracle's own in their order, then the rest by name.
fn in_order(stages: BTreeMap<StageName, Stage>) -> Result<Vec<Stage>, StagesError> {
    let rank = |name: &StageName| NAMES.iter().position(|it| *it == name.as_str());
    let mut left: Vec<Stage> = stages.into_values().collect();
    left.sort_by_key(|stage| (rank(&stage.name).unwrap_or(NAMES.len()), stage.name.clone()));
    let mut sorted: Vec<Stage> = Vec::new();
    while !left.is_empty() {
        let waits = |stage: &Stage| left.iter().any(|other| stage.needs.contains(&other.name));
        let Some(next) = left.iter().position(|stage| !waits(stage)) else {
            return Err(StagesError::Cycle(cycle(&left)));
        };
        sorted.push(left.remove(next));
    }
    Ok(sorted)
}

/// Returns stages each of which needs the next, the last the first; all of `left` wait.
fn cycle(left: &[Stage]) -> Vec<StageName> {
    let mut way: Vec<StageName> = Vec::new();
    let mut at = left.first();
    while let Some(stage) = at {
        if let Some(start) = way.iter().position(|name| *name == stage.name) {
            let mut cycle = way.split_off(start);
            cycle.push(stage.name.clone());
            return cycle;
        }
        way.push(stage.name.clone());
        at = left.iter().find(|other| stage.needs.contains(&other.name));
    }
    way
}
