//! The stages that run, for people at a terminal: a line each, with its time and what it said last.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar};

use super::bars::style;
use crate::model::ForeignText;

/// Draws a line for each stage that runs, and removes it when the stage has ended.
pub struct StageBars {
    screen: MultiProgress,
    drawn: Mutex<BTreeMap<String, ProgressBar>>,
}

impl StageBars {
    /// Draws on `screen`.
    pub fn new(screen: MultiProgress) -> Self {
        Self {
            screen,
            drawn: Mutex::default(),
        }
    }

    /// Draws a stage that has begun with `command`.
    pub fn started(&self, stage: &str, command: &str) {
        let bar = self.screen.add(ProgressBar::new_spinner());
        bar.set_style(style("{prefix:>9}  {spinner} {elapsed:>4}  {wide_msg}"));
        bar.set_prefix(stage.to_owned());
        bar.set_message(ForeignText::new(command).to_string());
        bar.enable_steady_tick(Duration::from_millis(100));
        self.drawn().insert(stage.to_owned(), bar);
    }

    /// Shows what a stage has said.
    pub fn said(&self, stage: &str, line: &str) {
        if let Some(bar) = self.drawn().get(stage)
            && !line.trim().is_empty()
        {
            bar.set_message(ForeignText::new(line.trim_end()).to_string());
        }
    }

    /// Removes a stage that has ended.
    pub fn ended(&self, stage: &str) {
        if let Some(bar) = self.drawn().remove(stage) {
            bar.finish_and_clear();
        }
    }

    /// Does `write` while nothing is drawn.
    pub fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.screen.suspend(write)
    }

    fn drawn(&self) -> MutexGuard<'_, BTreeMap<String, ProgressBar>> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
