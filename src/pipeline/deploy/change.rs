//! One environment, from what runs to what is to run.

use std::time::Duration;

use crate::deploy::{Course, Intent, Record, Rollout, Unit, alert_text, differences};
use crate::model::{BuildError, Event, Phase};
use crate::report::{DeployOutcome, DeployPhase, DeployPhaseTime, DeployedEnvironment};

use super::{DeployPorts, DeployRequest, Target, blank, is_transient, listed, note};

/// How long it is waited until a rollout is looked at again.
const GLANCE: Duration = Duration::from_millis(500);
/// How often others are told that the run still goes on.
const RENEWAL: Duration = Duration::from_secs(10);

/// The change of one environment.
pub(super) struct Change<'a> {
    pub(super) ports: DeployPorts<'a>,
    pub(super) target: &'a Target<'a>,
    pub(super) request: &'a DeployRequest<'a>,
    /// What is told of it at the end.
    pub(super) told: DeployedEnvironment,
}

impl<'a> Change<'a> {
    pub(super) fn new(
        ports: DeployPorts<'a>,
        target: &'a Target<'a>,
        request: &'a DeployRequest<'a>,
    ) -> Self {
        let told = blank(target, DeployOutcome::Failed);
        Self {
            ports,
            target,
            request,
            told,
        }
    }

    /// Does it while no other run may.
    pub(super) fn held(
        &mut self,
        act: impl Fn(&mut Self) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let begun = self.ports.clock.elapsed();
        let journal = self.target.deployer.journal();
        journal.hold(self.request.holder)?;
        let ended = act(self);
        journal.release();
        let took = self.ports.clock.elapsed().saturating_sub(begun);
        self.told.seconds = Some(took.as_secs_f64());
        ended
    }

    /// Does a phase, and notes how long it took.
    pub(super) fn timed<T>(&mut self, phase: DeployPhase, act: impl FnOnce(&mut Self) -> T) -> T {
        let begun = self.ports.clock.elapsed();
        let ended = act(self);
        let took = self.ports.clock.elapsed().saturating_sub(begun);
        self.told.phases.push(DeployPhaseTime {
            phase,
            begins: begun.as_secs_f64(),
            seconds: took.as_secs_f64(),
        });
        ended
    }

    /// Deploys, and rolls back where that fails.
    pub(super) fn deploy(&mut self) -> Result<(), BuildError> {
        let (record, before, wanted) = self.timed(DeployPhase::Prepare, Self::prepare)?;
        let is_same = differences(&wanted, &before).is_empty();
        let intent = self.intent(Course::Forward, before, wanted);
        self.write(&record.begun(intent.clone()))?;
        note(
            self.ports.events,
            format!("{}: {}", self.name(), what(&intent, is_same)),
        );
        match self.apply_and_prove(&intent) {
            Ok(()) => {
                let deployer = &*self.target.deployer;
                let record = record.done(&intent, |units| deployer.restorable(units));
                self.write(&record)?;
                self.told.outcome = if is_same {
                    DeployOutcome::Unchanged
                } else {
                    DeployOutcome::Deployed
                };
                self.told.running = listed(&intent.after);
                self.told.previous = record.way_back().map(listed).unwrap_or_default();
                Ok(())
            }
            // Whoever comes next finds the intent, and finishes or undoes it.
            Err(error) if self.ports.cancellation.is_stopped() => Err(error),
            Err(error) => Err(self.failed(error, &intent, record, is_same)),
        }
    }

    /// Returns what is written down, what runs, and what is to run.
    fn prepare(&mut self) -> Result<(Record, Vec<Unit>, Vec<Unit>), BuildError> {
        let deployer = &*self.target.deployer;
        let wanted = deployer.plan(self.request.images)?;
        let record = deployer.journal().read()?;
        let (record, before) = self.resume(record, &wanted)?;
        let before = match before {
            Some(before) => before,
            None => self.running(&wanted, &record)?,
        };
        Ok((record, before, wanted))
    }

    fn apply_and_prove(&mut self, intent: &Intent) -> Result<(), BuildError> {
        let (deployer, images) = (&*self.target.deployer, self.request.images);
        self.timed(DeployPhase::Apply, |change| {
            change.patiently(|| deployer.apply(images, &intent.after))
        })?;
        self.timed(DeployPhase::Rollout, |change| change.roll_out(intent))?;
        self.timed(DeployPhase::Smoke, Self::smoke)
    }

    fn roll_out(&self, intent: &Intent) -> Result<(), BuildError> {
        let deployer = &*self.target.deployer;
        self.wait_until_ready(&intent.after)?;
        let found = self.patiently(|| deployer.running(&intent.after, &intent.after))?;
        if let Some(difference) = differences(&intent.after, &found).into_iter().next() {
            return Err(self.error(format!(
                "it is rolled out, and something else runs: {difference}"
            )));
        }
        Ok(())
    }

    /// Waits until `units` are ready; whoever cannot be asked for a moment is asked again.
    pub(super) fn wait_until_ready(&self, units: &[Unit]) -> Result<(), BuildError> {
        let (deployer, ports) = (&*self.target.deployer, self.ports);
        let begun = ports.clock.elapsed();
        let (mut renewed, mut last) = (begun, String::new());
        loop {
            let how_far = match deployer.rollout(units) {
                Ok(Rollout::Ready) => return Ok(()),
                Ok(Rollout::Failed(why)) => return Err(self.not_ready(&why, units)),
                Ok(Rollout::Waiting(how_far)) => how_far,
                Err(error) if is_transient(&error) && !ports.cancellation.is_stopped() => {
                    format!("cannot be asked: {}", error.in_one_line())
                }
                Err(error) => return Err(error),
            };
            let now = ports.clock.elapsed();
            if now.saturating_sub(begun) >= deployer.patience() {
                let limit = deployer.patience().as_secs_f64();
                return Err(self.not_ready(&format!("not ready after {limit} s: {how_far}"), units));
            }
            if how_far != last {
                note(ports.events, format!("{}: {how_far}", self.name()));
                last = how_far;
            }
            if now.saturating_sub(renewed) >= RENEWAL {
                deployer.journal().renew()?;
                renewed = now;
            }
            self.target.probe.wait(GLANCE)?;
        }
    }

    /// Does something again while whoever is asked cannot be reached.
    pub(super) fn patiently<T>(
        &self,
        act: impl Fn() -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let begun = self.ports.clock.elapsed();
        let mut is_told = false;
        loop {
            let error = match act() {
                Err(error) if is_transient(&error) => error,
                ended => return ended,
            };
            let waited = self.ports.clock.elapsed().saturating_sub(begun);
            if waited >= self.target.deployer.patience() || self.ports.cancellation.is_stopped() {
                return Err(error);
            }
            if !is_told {
                note(
                    self.ports.events,
                    format!("{}: {}, asking again", self.name(), error.in_one_line()),
                );
                is_told = true;
            }
            self.target.probe.wait(GLANCE)?;
        }
    }

    fn not_ready(&self, why: &str, units: &[Unit]) -> BuildError {
        let reasons = self.target.deployer.why(units);
        let error = self.error(format!("the rollout failed: {why}"));
        reasons.into_iter().fold(error, BuildError::hint)
    }

    /// Rolls back, tells people, and says all of it.
    fn failed(
        &mut self,
        error: BuildError,
        intent: &Intent,
        record: Record,
        is_same: bool,
    ) -> BuildError {
        let now = self.undo_failed(intent, record, is_same);
        let failure = error.in_one_line();
        if let Some(alert) = &self.target.environment.alert {
            let text = alert_text(self.request.project, self.name(), &failure, &now);
            for message in self.target.alarm.ring(alert, &text) {
                self.warn(format!("nobody was told of it: {message}"));
            }
        }
        error.hint(now)
    }

    pub(super) fn intent(&self, course: Course, before: Vec<Unit>, after: Vec<Unit>) -> Intent {
        let holder = self.request.holder;
        Intent {
            course,
            by: holder.name.clone(),
            at: holder.since,
            before,
            after,
        }
    }

    pub(super) fn running(&self, units: &[Unit], record: &Record) -> Result<Vec<Unit>, BuildError> {
        let known = record.current().map(|it| &it.units[..]).unwrap_or_default();
        let deployer = &*self.target.deployer;
        self.patiently(|| deployer.running(units, known))
    }

    pub(super) fn write(&self, record: &Record) -> Result<(), BuildError> {
        let journal = self.target.deployer.journal();
        self.patiently(|| journal.write(record))
    }

    pub(super) fn name(&self) -> &str {
        self.target.environment.name.as_str()
    }

    pub(super) fn error(&self, message: String) -> BuildError {
        BuildError::new(Phase::Deploy, self.name(), message)
    }

    pub(super) fn warn(&self, message: String) {
        self.ports.events.emit(Event::Warned {
            phase: Phase::Deploy,
            message,
            hints: Vec::new(),
        });
    }
}

fn what(intent: &Intent, is_same: bool) -> String {
    let images = intent.after.iter().flat_map(|unit| unit.images.values());
    let images: Vec<&str> = images.map(String::as_str).collect();
    let images = images.join(", ");
    if is_same {
        return format!("{images} runs already");
    }
    format!("deploying {images}")
}
