//! A deploy that died, finished or undone by whoever comes next.

use crate::deploy::{Course, Intent, Record, Resume, Rollout, Unit, differences};
use crate::model::BuildError;
use crate::report::ResumedDeploy;

use super::change::Change;
use super::{is_transient, note};

impl Change<'_> {
    /// Finishes or undoes what `record` says was begun and never ended. Returns what is brought back where what is
    /// `wanted` now fails, if that is not what runs.
    pub(super) fn resume(
        &mut self,
        record: Record,
        wanted: &[Unit],
    ) -> Result<(Record, Option<Vec<Unit>>), BuildError> {
        let Some(intent) = record.intent.clone() else {
            return Ok((record, None));
        };
        let resume = self.decide(&intent)?;
        if intent.course == Course::Back {
            return Ok(self.resume_rollback(record, &intent, resume));
        }
        let record = match resume {
            Resume::Finish => {
                self.tell(ResumedDeploy::Finished, &intent);
                if differences(wanted, &intent.after).is_empty() {
                    // Its smoke tests never ran: where they fail, what ran before it is brought back.
                    return Ok((record.idle(), Some(intent.before)));
                }
                let deployer = &*self.target.deployer;
                record.done(&intent, |units| deployer.restorable(units))
            }
            Resume::Undo => match self.undo(&intent) {
                Ok(()) => {
                    self.tell(ResumedDeploy::Undone, &intent);
                    record.idle()
                }
                Err(error) if is_transient(&error) || self.ports.cancellation.is_stopped() => {
                    return Err(error);
                }
                // What is deployed now may be what mends it.
                Err(error) => {
                    let why = error.in_one_line();
                    self.warn(format!("what ran before cannot be brought back: {why}"));
                    self.tell(ResumedDeploy::Replaced, &intent);
                    return Ok((record.idle(), Some(intent.before)));
                }
            },
        };
        self.write(&record)?;
        Ok((record, None))
    }

    /// Takes the step back. What it led to need not get ready first: something else takes its place now.
    fn resume_rollback(
        &mut self,
        record: Record,
        intent: &Intent,
        resume: Resume,
    ) -> (Record, Option<Vec<Unit>>) {
        let (resumed, before) = match resume {
            Resume::Finish => (ResumedDeploy::Finished, None),
            Resume::Undo => (ResumedDeploy::Replaced, Some(intent.after.clone())),
        };
        self.tell(resumed, intent);
        (record.went_back(), before)
    }

    fn tell(&mut self, resumed: ResumedDeploy, intent: &Intent) {
        let verb = match intent.course {
            Course::Forward => "deploy",
            Course::Back => "rollback",
        };
        let what = match resumed {
            ResumedDeploy::Finished => "finished: what it wanted is ready",
            ResumedDeploy::Undone => "undone: what it wanted is not ready",
            ResumedDeploy::Replaced => "left to this deploy: what it wanted is not ready",
        };
        let message = format!(
            "{}: the {verb} of {} that broke off is {what}",
            self.name(),
            intent.by
        );
        note(self.ports.events, message);
        self.told.resumed = Some(resumed);
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
