//! The events that a report keeps.

use std::sync::{Mutex, PoisonError};

use crate::model::{Event, ForeignText, ModuleDownloads};
use crate::ports::EventSink;

use super::{Note, State, StateResult, Warning};

/// Keeps what the document at the end tells.
#[derive(Default)]
pub struct Collector(Mutex<Collected>);

/// What was collected, each in the order of arrival.
#[derive(Debug, Default)]
pub struct Collected {
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// What was decided.
    pub notes: Vec<Note>,
    /// The states that the build has passed.
    pub states: Vec<State>,
    /// The modules that were fetched, or could not be.
    pub modules: ModuleDownloads,
}

impl Collector {
    /// Returns what was collected.
    pub fn into_parts(self) -> Collected {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for Collector {
    fn emit(&self, event: Event) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Warned {
                phase,
                message,
                hints,
            } => {
                kept.warnings.push(Warning {
                    phase: phase.to_string(),
                    message: shown(&message),
                    hints: hints.iter().map(|hint| shown(hint)).collect(),
                });
            }
            Event::Noted { phase, message } => kept.notes.push(Note {
                phase: phase.to_string(),
                message: shown(&message),
            }),
            Event::Passed(passed) => kept.states.push(State {
                state: passed.state.to_string(),
                result: StateResult::Passed,
                decided: shown(&passed.decided),
            }),
            Event::Downloaded(modules) => kept.modules.add(modules),
            Event::Started { .. }
            | Event::Advanced { .. }
            | Event::Finished { .. }
            | Event::Counted { .. }
            | Event::Delivered { .. }
            | Event::Undelivered { .. }
            | Event::Ran { .. }
            | Event::Acted(_) => {}
        }
    }
}

fn shown(text: &str) -> String {
    ForeignText::new(text).to_string()
}
