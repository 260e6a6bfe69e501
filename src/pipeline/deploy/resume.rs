//! A deploy that died, finished or undone by whoever comes next.

use crate::deploy::{Intent, Record, Resume, Rollout, Unit, differences};
use crate::model::BuildError;
use crate::report::ResumedDeploy;

use super::change::Change;
use super::note;

impl Change<'_> {
    /// Finishes or undoes what `record` says was begun and never ended. Returns the intent that is to be finished
    /// by what is `wanted` now, as its smoke tests never ran.
    pub(super) fn resume(
        &mut self,
        record: Record,
        wanted: &[Unit],
    ) -> Result<(Record, Option<Intent>), BuildError> {
        let Some(intent) = record.intent.clone() else {
            return Ok((record, None));
        };
        let record = match self.decide(&intent)? {
            Resume::Finish => {
                self.told.resumed = Some(ResumedDeploy::Finished);
                note(
                    self.ports.events,
                    format!(
                        "{}: the deploy of {} that broke off is finished: what it wanted is ready",
                        self.name(),
                        intent.by
                    ),
                );
                if differences(wanted, &intent.after).is_empty() {
                    return Ok((record.idle(), Some(intent)));
                }
                record.done(&intent)
            }
            Resume::Undo => {
                self.undo(&intent)?;
                self.told.resumed = Some(ResumedDeploy::Undone);
                note(
                    self.ports.events,
                    format!(
                        "{}: the deploy of {} that broke off is undone: what it wanted is not ready",
                        self.name(),
                        intent.by
                    ),
                );
                record.idle()
            }
        };
        self.write(&record)?;
        Ok((record, None))
    }

    fn decide(&self, intent: &Intent) -> Result<Resume, BuildError> {
        let deployer = &*self.target.deployer;
        let after = &intent.after;
        // Whoever cannot be asked what runs is not taken by its word.
        let found = self.patiently(|| deployer.running(after, &[]))?;
        let is_there = differences(after, &found).is_empty();
        let rollout = self.patiently(|| deployer.rollout(after))?;
        Ok(if is_there && rollout == Rollout::Ready {
            Resume::Finish
        } else {
            Resume::Undo
        })
    }
}
