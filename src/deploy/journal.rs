//! What is written down of deploys, so that whoever comes next knows.

use serde::{Deserialize, Serialize};

use super::Unit;

/// The version of the form of this record.
const FORM: u32 = 1;
/// How many deploys are remembered.
const MOST: usize = 10;

/// What is known of an environment. Written durably before and after anything is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this record's form: 1.
    form: u32,
    /// What is being done, until it is done.
    pub intent: Option<Intent>,
    /// What was deployed well, the latest last.
    history: Vec<Deployed>,
}

/// A change that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Where it leads.
    #[serde(default)]
    pub course: Course,
    /// Who began it.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What ran before.
    pub before: Vec<Unit>,
    /// What is to run.
    pub after: Vec<Unit>,
}

/// Where a change leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Course {
    /// To something new.
    #[default]
    Forward,
    /// To what ran before.
    Back,
}

/// What ran, and was found to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// What runs.
    pub units: Vec<Unit>,
    /// Who brought it there; nothing where it was there before coracle.
    pub by: Option<String>,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// Who deploys at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who: a user, a machine, a process.
    pub name: String,
    /// Since when, in seconds since 1970.
    pub since: i64,
}

/// What becomes of a deploy that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// What it wanted runs: it is finished.
    Finish,
    /// It does not: what ran before is brought back.
    Undo,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            form: FORM,
            intent: None,
            history: Vec::new(),
        }
    }
}

impl Record {
    /// Reads a record; one of another form is none of ours.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(text).ok()?;
        (record.form == FORM).then_some(record)
    }

    /// Returns what was deployed last.
    pub fn current(&self) -> Option<&Deployed> {
        self.history.last()
    }

    /// Returns what was deployed before that.
    fn previous(&self) -> Option<&Deployed> {
        self.history.iter().rev().nth(1)
    }

    /// Notes what is begun.
    #[must_use]
    pub fn begun(&self, intent: Intent) -> Self {
        Self {
            intent: Some(intent),
            ..self.clone()
        }
    }

    /// Returns what a rollback brings back: what a deploy that was begun replaces, what a rollback that was begun
    /// leads to, or else what was deployed before.
    pub fn way_back(&self) -> Option<&[Unit]> {
        match &self.intent {
            Some(intent) if intent.course == Course::Forward => Some(&intent.before),
            Some(intent) => Some(&intent.after),
            None => self.previous().map(|it| &*it.units),
        }
    }

    /// Notes that the intent is done: what ran before is there to go back to. Only what `restorable` leaves of units
    /// makes a step of its own: going back changes nothing else.
    #[must_use]
    pub fn done(mut self, intent: &Intent, restorable: impl Fn(&[Unit]) -> Vec<Unit>) -> Self {
        let before = restorable(&intent.before);
        match self.history.last_mut() {
            _ if before.is_empty() => {}
            Some(last) if is_one_step(&restorable(&last.units), &before) => {
                last.units.clone_from(&intent.before);
            }
            _ => self.history.push(Deployed {
                units: intent.before.clone(),
                by: None,
                at: intent.at,
            }),
        }
        let images = |units: &[Unit]| -> Vec<_> {
            let units = restorable(units).into_iter();
            units.map(|it| (it.name, it.images)).collect()
        };
        let current = self.current().map(|it| images(&it.units));
        if current == Some(images(&intent.after)) {
            // The same again: only how it is described may have changed.
            self.history.pop();
        }
        self.history.push(Deployed {
            units: intent.after.clone(),
            by: Some(intent.by.clone()),
            at: intent.at,
        });
        let surplus = self.history.len().saturating_sub(MOST);
        self.history.drain(..surplus);
        self.intent = None;
        self
    }

    /// Notes that what was deployed last is gone, and what came before it runs.
    #[must_use]
    pub fn went_back(mut self) -> Self {
        self.history.pop();
        self.intent = None;
        self
    }

    /// Notes that nothing is being done.
    #[must_use]
    pub fn idle(mut self) -> Self {
        self.intent = None;
        self
    }
}

/// Tells whether what is `known` and what was `found` are the same as far as both tell of it, which is something:
/// manifests may name more workloads than they did, or fewer.
fn is_one_step(known: &[Unit], found: &[Unit]) -> bool {
    let same = |unit: &Unit| known.iter().find(|it| it.is_that_of(unit));
    let mut both = found.iter().filter_map(|unit| Some((unit, same(unit)?)));
    let is_same = |(found, known): (&Unit, &Unit)| found.images == known.images;
    both.next().is_some_and(is_same) && both.all(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(image: &str) -> Vec<Unit> {
        vec![Unit {
            name: "shop".to_owned(),
            images: [("shop".to_owned(), image.to_owned())].into(),
            state: serde_json::Value::Null,
        }]
    }

    fn intent(before: &[Unit], after: &[Unit]) -> Intent {
        Intent {
            course: Course::Forward,
            by: "me".to_owned(),
            at: 1,
            before: before.to_vec(),
            after: after.to_vec(),
        }
    }

    fn job(image: &str) -> Unit {
        Unit {
            name: "job/migrate".to_owned(),
            ..units(image)[0].clone()
        }
    }

    /// Returns the record once it is changed from `before` to `after`; Jobs are not brought back.
    fn changed(record: Record, before: &[Unit], after: &[Unit]) -> Record {
        record.done(&intent(before, after), |units| {
            let stays = |unit: &&Unit| !unit.name.starts_with("job/");
            units.iter().filter(stays).cloned().collect()
        })
    }

    #[test]
    fn what_ran_before_the_first_deploy_is_there_to_go_back_to() {
        let record = changed(Record::default(), &units("old"), &units("new"));
        assert_eq!(record.previous().unwrap().units, units("old"));
        assert_eq!(record.went_back().current().unwrap().units, units("old"));
    }

    #[test]
    fn the_same_again_is_no_step_to_go_back() {
        let record = changed(Record::default(), &[], &units("a"));
        assert_eq!(record.previous(), None);
        let record = changed(record, &units("a"), &units("a"));
        assert_eq!(record.previous(), None);
        let record = changed(record, &units("a"), &units("b"));
        assert_eq!(record.previous().unwrap().units, units("a"));
    }

    #[test]
    fn what_is_not_brought_back_makes_no_step_of_its_own() {
        let with_job = |image: &str, job_image: &str| [units(image), vec![job(job_image)]].concat();
        let record = changed(Record::default(), &[], &with_job("a", "a"));
        let record = changed(record, &with_job("a", "a"), &with_job("b", "b"));
        // Back to a, where the Job of b has run.
        let record = changed(record.went_back(), &with_job("a", "b"), &with_job("c", "c"));
        let record = record.went_back();
        assert_eq!(record.current().unwrap().units, with_job("a", "b"));
        assert_eq!(record.previous(), None);
        // Another Job alone is nothing to go back from.
        let record = changed(record, &with_job("a", "b"), &with_job("a", "d"));
        assert_eq!(record.previous(), None);
        assert_eq!(record.current().unwrap().units, with_job("a", "d"));
        let jobs = changed(Record::default(), &[job("a")], &[job("b")]);
        assert_eq!(jobs.previous(), None);
    }

    #[test]
    fn a_workload_more_or_less_makes_no_step_of_its_own() {
        let more = |image: &str, other: &str| {
            let mut units = [units(image), units(other)].concat();
            units[1].name = "other".to_owned();
            units
        };
        let record = changed(Record::default(), &[], &units("a"));
        let record = changed(record, &units("a"), &more("b", "b"));
        // What is not described any more runs on.
        let record = changed(record.went_back(), &more("a", "b"), &more("c", "c"));
        assert_eq!(record.previous().unwrap().units, more("a", "b"));
        assert_eq!(record.went_back().previous(), None);
    }

    #[test]
    fn the_way_back_is_that_of_what_was_begun() {
        let record = changed(Record::default(), &units("a"), &units("b"));
        assert_eq!(record.way_back(), Some(&*units("a")));
        let forward = record.begun(intent(&units("b"), &units("c")));
        assert_eq!(forward.way_back(), Some(&*units("b")));
        let back = record.begun(Intent {
            course: Course::Back,
            ..intent(&units("b"), &units("a"))
        });
        assert_eq!(back.way_back(), Some(&*units("a")));
        assert_eq!(Record::default().way_back(), None);
    }

    #[test]
    fn a_record_of_another_form_is_not_read() {
        let text = serde_json::to_string(&Record::default()).unwrap();
        assert_eq!(Record::parse(text.as_bytes()), Some(Record::default()));
        let other = text.replace("\"form\":1", "\"form\":2");
        assert_eq!(Record::parse(other.as_bytes()), None);
    }
}
