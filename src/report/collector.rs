//! The events that a report keeps.

use std::sync::{Mutex, PoisonError};

use crate::model::{Event, ForeignText};
use crate::ports::EventSink;

use super::{Note, Warning};

/// Keeps warnings and notes for the document at the end.
#[derive(Default)]
pub struct Collector(Mutex<(Vec<Warning>, Vec<Note>)>);

impl Collector {
    /// Returns what was collected, in the order of arrival.
    pub fn into_parts(self) -> (Vec<Warning>, Vec<Note>) {
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
                kept.0.push(Warning {
                    phase: phase.to_string(),
                    message: shown(&message),
                    hints: hints.iter().map(|hint| shown(hint)).collect(),
                });
            }
            Event::Noted { phase, message } => kept.1.push(Note {
                phase: phase.to_string(),
                message: shown(&message),
            }),
            Event::Started { .. }
            | Event::Advanced { .. }
            | Event::Finished { .. }
            | Event::Counted { .. } => {}
        }
    }
}

fn shown(text: &str) -> String {
    ForeignText::new(text).to_string()
}
