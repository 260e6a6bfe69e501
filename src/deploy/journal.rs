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
    /// Who began it.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What ran before.
    pub before: Vec<Unit>,
    /// What is to run.
    pub after: Vec<Unit>,
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
    pub fn previous(&self) -> Option<&Deployed> {
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

    /// Notes that the intent is done: what ran before is there to go back to.
    #[must_use]
    pub fn done(mut self, intent: &Intent) -> Self {
        let images = |units: &[Unit]| -> Vec<_> {
            units
                .iter()
                .map(|it| (it.name.clone(), it.images.clone()))
                .collect()
        };
        let known = |record: &Self, units: &[Unit]| {
            record
                .current()
                .is_some_and(|it| images(&it.units) == images(units))
        };
        if !intent.before.is_empty() && !known(&self, &intent.before) {
            self.history.push(Deployed {
                units: intent.before.clone(),
                by: None,
                at: intent.at,
            });
        }
        if known(&self, &intent.after) {
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
            by: "me".to_owned(),
            at: 1,
            before: before.to_vec(),
            after: after.to_vec(),
        }
    }

    #[test]
    fn what_ran_before_the_first_deploy_is_there_to_go_back_to() {
        let record = Record::default().done(&intent(&units("old"), &units("new")));
        assert_eq!(record.previous().unwrap().units, units("old"));
        assert_eq!(record.went_back().current().unwrap().units, units("old"));
    }

    #[test]
    fn the_same_again_is_no_step_to_go_back() {
        let record = Record::default().done(&intent(&[], &units("a")));
        assert_eq!(record.previous(), None);
        let record = record.done(&intent(&units("a"), &units("a")));
        assert_eq!(record.previous(), None);
        let record = record.done(&intent(&units("a"), &units("b")));
        assert_eq!(record.previous().unwrap().units, units("a"));
    }

    #[test]
    fn a_record_of_another_form_is_not_read() {
        let text = serde_json::to_string(&Record::default()).unwrap();
        assert_eq!(Record::parse(text.as_bytes()), Some(Record::default()));
        let other = text.replace("\"form\":1", "\"form\":2");
        assert_eq!(Record::parse(other.as_bytes()), None);
    }
}
