//! Progress as bars, for people at a terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::model::{Event, ForeignText, Work};
use crate::ports::EventSink;

use super::error_text::{HINT, WARNING};

/// How many bars are drawn at once. Of further work only the number is told: two hundred images
/// would else fill the terminal many times over.
const MOST_BARS: usize = 10;

/// Draws a bar for each piece of work that goes on, and removes it when the work is done.
pub struct Bars {
    screen: MultiProgress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    drawn: BTreeMap<Work, ProgressBar>,
    /// What goes on without a bar of its own.
    undrawn: BTreeSet<Work>,
    /// The line below all bars: how far the images of the run are.
    images: Option<ProgressBar>,
    counted: String,
}

impl Bars {
    /// Draws on `screen`.
    pub fn new(screen: MultiProgress) -> Self {
        Self {
            screen,
            state: Mutex::default(),
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
        let bar = self.screen.insert(0, bar);
        bar.set_prefix(work.phase.as_str());
        bar.set_message(ForeignText::new(&work.subject).to_string());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

impl Bars {
    fn count(&self, state: &mut State, done: usize, failed: usize, total: usize) {
        if total < 2 {
            return;
        }
        state.counted = match failed {
            0 => format!("{done} of {total} images"),
            failed => format!("{done} of {total} images, {failed} failed"),
        };
        self.draw_rest(state);
    }

    /// Tells below the bars how far the images are, and how much goes on without a bar.
    fn draw_rest(&self, state: &mut State) {
        let more = match state.undrawn.len() {
            0 => String::new(),
            more => format!(" (and {more} more at work)"),
        };
        if state.counted.is_empty() && more.is_empty() && state.images.is_none() {
            return;
        }
        let line = state.images.get_or_insert_with(|| {
            let line = ProgressBar::new_spinner().with_style(style("{prefix:>9}  {msg}"));
            let line = self.screen.add(line);
            line.set_prefix("images");
            line
        });
        line.set_message(format!("{}{more}", state.counted));
    }
}

pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl EventSink for Bars {
    fn emit(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { work, total_bytes } => {
                if state.drawn.len() < MOST_BARS {
                    let bar = self.start(&work, total_bytes);
                    state.drawn.insert(work, bar);
                } else {
                    state.undrawn.insert(work);
                    self.draw_rest(&mut state);
                }
            }
            Event::Advanced { work, bytes } => {
                if let Some(bar) = state.drawn.get(&work) {
                    if bar.length().is_none() && bar.position() == 0 {
                        // Only now is it known that bytes are told at all.
                        bar.set_style(style("{prefix:>9}  {msg} {spinner} {bytes}, {elapsed}"));
                    }
                    bar.inc(bytes);
                }
            }
            Event::Finished { work } => {
                if let Some(bar) = state.drawn.remove(&work) {
                    bar.finish_and_clear();
                } else if state.undrawn.remove(&work) {
                    self.draw_rest(&mut state);
                }
            }
            Event::Counted {
                done,
                failed,
                total,
            } => self.count(&mut state, done, failed, total),
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
            // What goes on is drawn.
            Event::Delivered { .. }
            | Event::Undelivered { .. }
            | Event::Passed(_)
            | Event::Downloaded(_)
            | Event::Ran { .. }
            | Event::Acted(_) => {}
            Event::Noted { phase, message } => {
                self.say(&format!("{phase:>9}  {}", ForeignText::new(&message)));
            }
        }
    }
}
