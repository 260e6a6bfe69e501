//! Back to what ran before, and the proof that it runs.

use crate::config::OnFailure;
use crate::deploy::{Course, Intent, Record, Unit, differences};
use crate::model::BuildError;
use crate::report::{DeployOutcome, DeployPhase};

use super::change::Change;
use super::{listed, note};

impl Change<'_> {
    /// Brings back what ran before a deploy that failed, where that is wanted, and says what runs now.
    pub(super) fn undo_failed(&mut self, intent: &Intent, record: Record, is_same: bool) -> String {
        let name = self.name().to_owned();
        if is_same {
            self.told.running = listed(&intent.after);
            let _ = self.write(&record.idle());
            return format!(
                "it ran before, so that there is nothing to roll back; to go further back: coracle rollback --env {name}"
            );
        }
        if self.target.environment.on_failure == OnFailure::Leave {
            // Nobody is to undo it later either.
            let _ = self.write(&record.idle());
            return format!("[deploy] rollback is off: {name} is as it is");
        }
        let there = self.target.deployer.restorable(&intent.before);
        if there.is_empty() {
            let _ = self.write(&record.idle());
            let before = if intent.before.is_empty() {
                "nothing ran"
            } else {
                "only what is not run again ran"
            };
            return format!("{before} in {name} before, so that there is nothing to go back to");
        }
        let undone = self.timed(DeployPhase::Rollback, |change| change.undo(intent));
        match undone.and_then(|()| self.write(&record.idle())) {
            Ok(()) => {
                self.told.outcome = DeployOutcome::RolledBack;
                self.told.running = listed(&there);
                let images = there.iter().flat_map(|unit| unit.images.values().cloned());
                format!(
                    "rolled back: {name} runs {} again",
                    images.collect::<Vec<_>>().join(", ")
                )
            }
            Err(error) => format!("the rollback failed too: {}", error.in_one_line()),
        }
    }

    /// Brings back what ran before `intent`, as far as anything did.
    pub(super) fn undo(&self, intent: &Intent) -> Result<(), BuildError> {
        let units = self.target.deployer.restorable(&intent.before);
        if units.is_empty() {
            return Ok(());
        }
        self.restore(&units)
    }

    /// Lets `units` run, and proves that they do.
    fn restore(&self, units: &[Unit]) -> Result<(), BuildError> {
        let deployer = &*self.target.deployer;
        note(self.ports.events, format!("{}: rolling back", self.name()));
        self.patiently(|| deployer.restore(units))?;
        self.wait_until_ready(units)?;
        let found = self.patiently(|| deployer.running(units, units))?;
        match differences(units, &found).into_iter().next() {
            None => Ok(()),
            Some(difference) => Err(self.error(format!(
                "it was rolled back, and something else runs: {difference}"
            ))),
        }
    }

    /// Takes what runs, where that is not what was deployed last, for a deploy that is to be undone: one that failed and
    /// was left there, or one by hand.
    fn with_strayed(&self, record: Record) -> Result<Record, BuildError> {
        let deployer = &*self.target.deployer;
        let known = record.current().map(|it| deployer.restorable(&it.units));
        let known = known.unwrap_or_default();
        if record.intent.is_some() || known.is_empty() {
            return Ok(record);
        }
        let found = self.running(&known, &record)?;
        let Some(difference) = differences(&known, &found).into_iter().next() else {
            return Ok(record);
        };
        let message = format!("{}: not what was deployed last: {difference}", self.name());
        note(self.ports.events, message);
        let record = record.begun(self.intent(Course::Forward, known, found));
        self.write(&record)?;
        Ok(record)
    }

    /// Goes back to what was deployed before. A deploy that died is undone, which is as far; a rollback that did not
    /// get to its end is gone on with.
    pub(super) fn roll_back_to_previous(&mut self) -> Result<(), BuildError> {
        let deployer = &*self.target.deployer;
        let record = self.with_strayed(deployer.journal().read()?)?;
        let units = deployer.restorable(record.way_back().unwrap_or_default());
        if units.is_empty() {
            return Err(self.nothing_to_go_back_to());
        }
        let begun = record.intent.as_ref().map(|intent| intent.course);
        if begun.is_none() {
            let before = self.running(&units, &record)?;
            let intent = self.intent(Course::Back, before, units.clone());
            self.write(&record.begun(intent))?;
        }
        self.timed(DeployPhase::Rollback, |change| change.restore(&units))?;
        let record = match begun {
            // What it was to replace runs as before.
            Some(Course::Forward) => record.idle(),
            Some(Course::Back) | None => record.went_back(),
        };
        self.write(&record)?;
        self.told.outcome = DeployOutcome::RolledBack;
        self.told.running = listed(&units);
        self.told.previous = record.way_back().map(listed).unwrap_or_default();
        Ok(())
    }

    fn nothing_to_go_back_to(&self) -> BuildError {
        self.error(
            "nothing was deployed before what runs now, so that there is nothing to go back to"
                .to_owned(),
        )
        .hint(format!("what runs: coracle status --env {}", self.name()))
    }
}
