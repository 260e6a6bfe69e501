//! Progress as bars, for people at a terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::model::{Event, ForeignText, Work};
use crate::ports::EventSink;

use super::error_text::{HINT, WARNING};

/// Draws a bar for each piece of work that goes on, and removes it when the work is done.
pub struct Bars {
    screen: MultiProgress,
    running: Mutex<BTreeMap<Work, ProgressBar>>,
}

impl Bars {
    /// Draws on `screen`.
    pub fn new(screen: MultiProgress) -> Self {
        Self {
            screen,
            running: Mutex::default(),
        }
    }

    fn say(&self, line: &str) {
        // A screen that is gone cannot be told of.
        let _ = self.screen.println(line);
    }

    fn start(&self, work: &Work, total_bytes: Option<u64>) -> ProgressBar {
        let bar = match total_bytes {
            Some(total) => ProgressBar::new(total).with_style(style(
                "{prefix:>9}  {msg} {bar:24.cyan/blue} {bytes} of {total_bytes}, {bytes_per_sec}",
            )),
            None => ProgressBar::new_spinner()
                .with_style(style("{prefix:>9}  {msg} {spinner} {elapsed}")),
        };
        let bar = self.screen.add(bar);
        bar.set_prefix(work.phase.as_str());
        bar.set_message(ForeignText::new(&work.subject).to_string());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl EventSink for Bars {
    fn emit(&self, event: Event) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { work, total_bytes } => {
                let bar = self.start(&work, total_bytes);
                running.insert(work, bar);
            }
            Event::Advanced { work, bytes } => {
                if let Some(bar) = running.get(&work) {
                    if bar.length().is_none() && bar.position() == 0 {
                        // Only now is it known that bytes are told at all.
                        bar.set_style(style("{prefix:>9}  {msg} {spinner} {bytes}, {elapsed}"));
                    }
                    bar.inc(bytes);
                }
            }
            Event::Finished { work } => {
                if let Some(bar) = running.remove(&work) {
                    bar.finish_and_clear();
                }
            }
            Event::Warned {
                phase,
                message,
                hints,
            } => {
                self.say(&format!(
                    "{WARNING}warning:{WARNING:#} [{phase}] {}",
                    ForeignText::new(&message)
                ));
                for hint in hints {
                    self.say(&format!(
                        "  {HINT}hint:{HINT:#} {}",
                        ForeignText::new(&hint)
                    ));
                }
            }
            Event::Noted { phase, message } => {
                self.say(&format!("{phase:>9}  {}", ForeignText::new(&message)));
            }
        }
    }
}
