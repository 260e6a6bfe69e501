//! The tests of what was deployed.

use crate::config::SmokeConfig;
use crate::deploy::{Answer, Streak, judge};
use crate::model::{BuildError, Phase, Work};
use crate::ports::Progress;
use crate::report::SmokeResult;

use super::change::Change;
use super::{DeployPorts, Target};

/// Says between two tries that the run still goes on.
type Renew<'a> = &'a dyn Fn() -> Result<(), BuildError>;

impl Change<'_> {
    /// Runs the smoke tests in their order; the first that fails is the last.
    pub(super) fn smoke(&mut self) -> Result<(), BuildError> {
        let target = self.target;
        let renew = || target.deployer.journal().renew();
        try_all(self.ports, target, &mut self.told.smoke, &renew)
    }
}

/// Runs the smoke tests of `target` in their order, and tells of each; the first that fails is the last.
pub(super) fn try_all(
    ports: DeployPorts<'_>,
    target: &Target<'_>,
    told: &mut Vec<SmokeResult>,
    renew: Renew<'_>,
) -> Result<(), BuildError> {
    for test in &target.environment.smoke {
        let streak = try_in_a_row(ports, target, test, renew)?;
        let failure = (!streak.is_enough()).then(|| streak.failure());
        told.push(SmokeResult {
            test: test.kind.to_string(),
            tries: streak.tries(),
            failure: failure.clone(),
        });
        if let Some(failure) = failure {
            let message = format!("the smoke test {} failed: {failure}", test.kind);
            let name = target.environment.name.as_str();
            return Err(BuildError::new(Phase::Deploy, name, message));
        }
    }
    Ok(())
}

fn try_in_a_row(
    ports: DeployPorts<'_>,
    target: &Target<'_>,
    test: &SmokeConfig,
    renew: Renew<'_>,
) -> Result<Streak, BuildError> {
    let name = &target.environment.name;
    let work = Work::new(Phase::Deploy, format!("{name}: {}", test.kind));
    let _progress = Progress::start(ports.events, work, None);
    let begun = ports.clock.elapsed();
    let mut streak = Streak::of(test);
    loop {
        let passed = ports.clock.elapsed().saturating_sub(begun);
        let Some(left) = test
            .timeout
            .checked_sub(passed)
            .filter(|left| !left.is_zero())
        else {
            return Ok(streak);
        };
        let answer = target.probe.probe(&test.kind, left)?;
        let is_over = ports.clock.elapsed().saturating_sub(begun) >= test.timeout;
        if is_over && streak.tries() > 0 && matches!(answer, Answer::Nothing(_)) {
            // It was cut short: what was wrong before says more.
            return Ok(streak);
        }
        streak.add(judge(&test.kind, &answer));
        if streak.is_enough() {
            return Ok(streak);
        }
        renew()?;
        target.probe.wait(test.interval.min(left))?;
    }
}
