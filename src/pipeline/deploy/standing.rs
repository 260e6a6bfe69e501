//! What runs in an environment.

use crate::deploy::Rollout;
use crate::model::BuildError;
use crate::report::{DeployOutcome, DeployedEnvironment};

use super::{Target, blank, listed};

/// Tells what runs, and touches nothing.
pub(super) fn standing(target: &Target<'_>) -> Result<DeployedEnvironment, BuildError> {
    let deployer = &*target.deployer;
    let record = deployer.journal().read()?;
    let mut told = blank(target, DeployOutcome::Nothing);
    told.held_by = deployer.journal().holder()?.map(|it| it.name);
    told.previous = record
        .previous()
        .map(|it| listed(&it.units))
        .unwrap_or_default();
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
    Ok(told)
}
