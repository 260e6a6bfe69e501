//! What runs in an environment.

use crate::deploy::{DeployImage, Rollout, differences};
use crate::model::{BuildError, Phase};
use crate::report::{DeployOutcome, DeployedEnvironment};

use super::{DeployPorts, Target, blank, listed, smoke};

/// Tells what runs, and touches nothing.
pub(super) fn standing(target: &Target<'_>) -> Result<DeployedEnvironment, BuildError> {
    let deployer = &*target.deployer;
    let record = deployer.journal().read()?;
    let mut told = blank(target, DeployOutcome::Nothing);
    told.held_by = deployer.journal().holder()?.map(|it| it.name);
    let known = record
        .current()
        .map(|it| it.units.clone())
        .unwrap_or_default();
    let units = match &record.intent {
        Some(intent) => &intent.after,
        None => &known,
    };
    let running = deployer.running(units, &known)?;
    told.outcome = if record.intent.is_some() {
        DeployOutcome::Unfinished
    } else if running.is_empty() {
        DeployOutcome::Nothing
    } else if deployer.rollout(&running)? == Rollout::Ready {
        DeployOutcome::Ready
    } else {
        DeployOutcome::NotReady
    };
    told.running = listed(&running);
    let last = deployer.restorable(&known);
    let strayed = record.intent.is_none() && !differences(&last, &running).is_empty();
    told.previous = if strayed {
        listed(&last)
    } else {
        record.way_back().map(listed).unwrap_or_default()
    };
    Ok(told)
}

/// Tells what a deploy of `images` would change, as far as whoever runs them takes them.
pub(super) fn foreseen(
    target: &Target<'_>,
    images: &[DeployImage],
) -> Result<DeployedEnvironment, BuildError> {
    let deployer = &*target.deployer;
    let wanted = deployer.plan(images)?;
    let record = deployer.journal().read()?;
    let known = record.current().map(|it| &it.units[..]).unwrap_or_default();
    let running = deployer.running(&wanted, known)?;
    let outcome = if differences(&wanted, &running).is_empty() {
        DeployOutcome::Unchanged
    } else {
        DeployOutcome::WouldDeploy
    };
    Ok(DeployedEnvironment {
        wanted: listed(&wanted),
        running: listed(&running),
        held_by: deployer.journal().holder()?.map(|it| it.name),
        ..blank(target, outcome)
    })
}

/// Tries what runs by the smoke tests of `target`; what is not ready need not be tried.
pub(super) fn tried(
    ports: DeployPorts<'_>,
    target: &Target<'_>,
    told: &mut DeployedEnvironment,
) -> Result<(), BuildError> {
    if told.outcome != DeployOutcome::Ready {
        let name = target.environment.name.as_str();
        let message = format!("it cannot be tried: {}", told.outcome.word());
        let error = BuildError::new(Phase::Deploy, name, message);
        return Err(error.hint(format!("what runs there: coracle status --env {name}")));
    }
    // Nothing is held here that others could take for dead.
    let ended = smoke::try_all(ports, target, &mut told.smoke, &|| Ok(()));
    if ended.is_err() {
        told.outcome = DeployOutcome::Failed;
    }
    ended
}
