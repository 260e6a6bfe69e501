//! Stages at once, as far as they do not wait for each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;

use super::following::{Following, Said};
use super::passed::{inputs, key, resume_key, source_digest};
use super::places::Places;
use super::{CiPorts, CiRequest, Selection, StageListener, told, untouched};
use crate::config::{SecretSource, StageName};
use crate::model::{BuildError, Digest, Phase, Secret, StopReason};
use crate::ports::StageEnd;
use crate::report::{CiStage, StageState};
use crate::stages::{SharedMask, Stage, TestResults};

/// How many tests are named that were running when the time of a stage was over.
const MAX_RUNNING: usize = 5;

/// What came of a stage: itself in words, and its failure.
type Ended = (CiStage, Option<BuildError>);

/// Runs the `chosen` stages. A failure stops what needs the stage, and nothing else.
pub(super) fn all(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    chosen: &BTreeSet<StageName>,
    listener: &dyn StageListener,
) -> (Vec<CiStage>, Vec<BuildError>) {
    let stages = &request.graph.stages;
    let mut ended = unwanted(request, chosen);
    let mut begun: BTreeSet<StageName> = ended.keys().cloned().collect();
    let source = source_digest(ports, request);
    let source = source.as_ref();
    let mask = SharedMask::default();
    mask.add(&variables(ports, stages));
    let mask = &mask;
    std::thread::scope(|scope| {
        let (sender, done) = mpsc::channel();
        loop {
            block(stages, &mut begun, &mut ended);
            let running = begun.len() - ended.len();
            let room = request.jobs.get().saturating_sub(running);
            let is_ready = |stage: &&Stage| {
                !begun.contains(&stage.name)
                    && stage.needs.iter().all(|need| ended.contains_key(need))
            };
            let ready: Vec<&Stage> = stages.iter().filter(is_ready).take(room).collect();
            for stage in ready.iter().filter(|_| !ports.cancellation.is_stopped()) {
                begun.insert(stage.name.clone());
                let (stage, sender) = (*stage, sender.clone());
                scope.spawn(move || {
                    let result = one(ports, request, stage, source, mask, listener);
                    // The receiver outlives all senders.
                    let _ = sender.send((stage.name.clone(), result));
                });
            }
            if begun.len() == ended.len() {
                break;
            }
            let Ok((name, result)) = done.recv() else {
                break;
            };
            ended.insert(name, result);
        }
    });
    if let Some(source) = source {
        remember_to_resume(ports, request, source, &ended);
    }
    in_order(ports, stages, ended)
}

/// Returns the stages that are not asked for, as ended.
fn unwanted(request: &CiRequest<'_>, chosen: &BTreeSet<StageName>) -> BTreeMap<StageName, Ended> {
    let stages = &request.graph.stages;
    let mut ended: BTreeMap<StageName, Ended> = BTreeMap::new();
    for stage in stages.iter().filter(|stage| !chosen.contains(&stage.name)) {
        let reason = Some("it comes before --from, or has nothing to do with it".to_owned());
        let stage_told = told(stage, StageState::Skipped, reason);
        ended.insert(stage.name.clone(), (stage_told, None));
    }
    for (stage, reason) in untouched(stages, request.graph.narrowing.as_ref()) {
        let stage_told = told(stage, StageState::Skipped, Some(reason.clone()));
        ended
            .entry(stage.name.clone())
            .or_insert((stage_told, None));
    }
    ended
}

/// Returns what came of all stages, those too that did not begin.
fn in_order(
    ports: CiPorts<'_>,
    stages: &[Stage],
    mut ended: BTreeMap<StageName, Ended>,
) -> (Vec<CiStage>, Vec<BuildError>) {
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for stage in stages {
        let (stage_told, error) = ended.remove(&stage.name).unwrap_or_else(|| {
            let reason = Some("the run was stopped".to_owned());
            // Nothing that ran may have seen it.
            let error = ports.cancellation.reason().map(StopReason::to_error);
            (told(stage, StageState::NotRun, reason), error)
        });
        results.push(stage_told);
        errors.extend(error);
    }
    (results, errors)
}

/// Notes what has passed with `source`, where the run did not get to its end and the source is the same still.
fn remember_to_resume(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    source: &Digest,
    ended: &BTreeMap<StageName, Ended>,
) {
    let state = |stage: &Stage| ended.get(&stage.name).map(|(told, _)| told.state);
    let is_done =
        |stage: &Stage| matches!(state(stage), Some(StageState::Passed | StageState::Skipped));
    let stages = &request.graph.stages;
    if stages.iter().all(is_done) || source_digest(ports, request).as_ref() != Some(source) {
        return;
    }
    for stage in stages
        .iter()
        .filter(|stage| state(stage) == Some(StageState::Passed))
    {
        if let Some(key) = resume_key(ports, request, stage, source) {
            ports.passed.keep(&key);
        }
    }
}

/// Ends all stages that need what failed.
fn block(
    stages: &[Stage],
    begun: &mut BTreeSet<StageName>,
    ended: &mut BTreeMap<StageName, Ended>,
) {
    for stage in stages {
        let has_failed = |need: &&StageName| {
            ended.get(*need).is_some_and(|(need, _)| {
                matches!(need.state, StageState::Failed | StageState::NotRun)
            })
        };
        if begun.contains(&stage.name) {
            continue;
        }
        if let Some(need) = stage.needs.iter().find(has_failed) {
            let reason = Some(format!("it needs {need}"));
            begun.insert(stage.name.clone());
            ended.insert(
                stage.name.clone(),
                (told(stage, StageState::NotRun, reason), None),
            );
        }
    }
}

fn one(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    stage: &Stage,
    source: Option<&Digest>,
    mask: &SharedMask,
    listener: &dyn StageListener,
) -> Ended {
    let skipped = |reason: &str| {
        (
            told(stage, StageState::Skipped, Some(reason.to_owned())),
            None,
        )
    };
    let has_passed = |key: Option<Digest>| key.is_some_and(|key| ports.passed.has_passed(&key));
    let before = inputs(ports, request, stage);
    if let Some(before) = &before
        && has_passed(key(ports, request, stage, before))
    {
        return skipped("nothing changed since it passed");
    }
    if *request.selection == Selection::Rest
        && let Some(source) = source
        && has_passed(resume_key(ports, request, stage, source))
    {
        return skipped("it has passed with this source");
    }
    listener.started(stage);
    let (begin, mut said) = (ports.clock.elapsed(), Said::default());
    let (state, error) = match commands(ports, stage, mask, listener, &mut said) {
        Ok(()) => (StageState::Passed, None),
        Err(error) if ports.cancellation.is_stopped() => (StageState::NotRun, Some(error)),
        Err(error) => (StageState::Failed, Some(error)),
    };
    let reason = error.as_ref().map(|error| error.message.clone());
    let mut ended = told(stage, state, reason);
    ended.seconds = ports.clock.elapsed().saturating_sub(begin).as_secs_f64();
    ended.notes = stage.note.iter().cloned().collect();
    let remarks = said.tests.as_ref().map(TestResults::remarks);
    ended.notes.extend(remarks.into_iter().flatten());
    if said.tests.is_some() || !said.findings.is_empty() {
        let places = Places::new(ports, request);
        said.tests.iter_mut().for_each(|it| places.of_tests(it));
        ended.findings = places.of_findings(said.findings);
        ended.tests = said.tests;
    }
    if error.is_none() {
        remember(ports, request, stage, before);
    }
    listener.ended(&ended, &said.output);
    (ended, error)
}

/// Notes that a stage has passed, where all that it read is as it was before.
fn remember(ports: CiPorts<'_>, request: &CiRequest<'_>, stage: &Stage, before: Option<Digest>) {
    if let Some(before) = before
        && inputs(ports, request, stage).as_ref() == Some(&before)
        && let Some(key) = key(ports, request, stage, &before)
    {
        ports.passed.keep(&key);
    }
}

/// Runs the commands of a stage, one after the other.
fn commands(
    ports: CiPorts<'_>,
    stage: &Stage,
    mask: &SharedMask,
    listener: &dyn StageListener,
    said: &mut Said,
) -> Result<(), BuildError> {
    let secrets = secrets(ports, stage)?;
    mask.add(secrets.iter().map(|(_, secret)| secret));
    let env = stage.variables();
    let begin = ports.clock.elapsed();
    let following = Following {
        ports,
        stage,
        listener,
        mask,
        env: &env,
        secrets: &secrets,
        begin,
    };
    for command in &stage.commands {
        let failed = |why: String| {
            BuildError::new(Phase::Ci, &stage.name, format!("{command} {why}")).hint(format!(
                "when it is mended, go on: coracle ci --from {}",
                stage.name
            ))
        };
        match following.run(command, said)? {
            StageEnd::Passed => {}
            StageEnd::Failed(Some(code)) => return Err(failed(format!("ends with {code}"))),
            StageEnd::Failed(None) => return Err(failed("was ended by a signal".to_owned())),
            StageEnd::OutOfTime => {
                let limit = stage.timeout.as_secs_f64();
                let running = while_running(&said.running);
                let error = failed(format!(
                    "took longer than {limit} s, and was ended{running}"
                ));
                return Err(error.hint(format!(
                    "give it more time: [pipeline.stages.{}] timeout = \"1h\"",
                    stage.name
                )));
            }
        }
    }
    Ok(())
}

/// Names the first tests that were running.
fn while_running(tests: &[String]) -> String {
    let named = tests.get(..MAX_RUNNING).unwrap_or(tests).join(", ");
    match tests.len().saturating_sub(MAX_RUNNING) {
        0 if tests.is_empty() => String::new(),
        0 => format!(" while this ran: {named}"),
        more => format!(" while these ran: {named}, and {more} more"),
    }
}

/// Returns the secrets of `stages` that variables tell: they are known before any command could show them.
fn variables(ports: CiPorts<'_>, stages: &[Stage]) -> Vec<Secret> {
    let sources = stages.iter().flat_map(|stage| stage.secrets.values());
    let read = sources.filter_map(|source| match source {
        SecretSource::Variable(variable) => ports.runner.secret_variable(variable.as_str()),
        SecretSource::Command(_) => None,
    });
    read.collect()
}

fn secrets(ports: CiPorts<'_>, stage: &Stage) -> Result<Vec<(String, Secret)>, BuildError> {
    let read = stage.secrets.iter().map(|(name, source)| {
        let value = match source {
            SecretSource::Variable(variable) => ports
                .runner
                .secret_variable(variable.as_str())
                .ok_or_else(|| {
                    BuildError::new(
                        Phase::Ci,
                        &stage.name,
                        format!("the secret {name} is not there"),
                    )
                    .hint(format!(
                        "set the variable {variable}, as [secrets.values.{name}] says"
                    ))
                })?,
            SecretSource::Command(words) => {
                ports.runner.secret_command(words).map_err(|error| {
                    let message = format!("the command that tells the secret {name} fails");
                    BuildError::new(Phase::Ci, &stage.name, message).because(error)
                })?
            }
        };
        Ok((name.to_string(), value))
    });
    read.collect()
}
