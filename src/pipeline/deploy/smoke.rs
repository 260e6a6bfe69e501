//! The tests of what was deployed.

use crate::config::SmokeConfig;
use crate::deploy::{Answer, Streak, judge};
use crate::model::{BuildError, Phase, Work};
use crate::ports::Progress;
use crate::report::SmokeResult;

use super::change::Change;

impl Change<'_> {
    /// Runs the smoke tests in their order; the first that fails is the last.
    pub(super) fn smoke(&mut self) -> Result<(), BuildError> {
        for test in &self.target.environment.smoke {
            let streak = self.try_in_a_row(test)?;
            let failure = (!streak.is_enough()).then(|| streak.failure());
            self.told.smoke.push(SmokeResult {
                test: test.kind.to_string(),
                tries: streak.tries(),
                failure: failure.clone(),
            });
            if let Some(failure) = failure {
                let message = format!("the smoke test {} failed: {failure}", test.kind);
                return Err(self.error(message));
            }
        }
        Ok(())
    }

    fn try_in_a_row(&self, test: &SmokeConfig) -> Result<Streak, BuildError> {
        let ports = self.ports;
        let work = Work::new(Phase::Deploy, format!("{}: {}", self.name(), test.kind));
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
            let answer = self.target.probe.probe(&test.kind, left)?;
            let is_over = ports.clock.elapsed().saturating_sub(begun) >= test.timeout;
            if is_over && streak.tries() > 0 && matches!(answer, Answer::Nothing(_)) {
                // It was cut short: what was wrong before says more.
                return Ok(streak);
            }
            streak.add(judge(&test.kind, &answer));
            if streak.is_enough() {
                return Ok(streak);
            }
            self.target.deployer.journal().renew()?;
            self.target.probe.wait(test.interval.min(left))?;
        }
    }
}
