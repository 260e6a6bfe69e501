//! Progress as plain lines, for logs and pipes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{ByteSize, Event, ForeignText, Phase, Work};
use crate::ports::{Clock, EventSink};

use super::error_text::{HINT, WARNING, write_labelled};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Warnings, decisions and each long piece of work.
    Normal,
    /// All work.
    Verbose,
}

/// Writes a line when work begins, one every ten seconds while bytes pass, and one when it ends.
pub struct Lines<'a, W> {
    clock: &'a dyn Clock,
    verbosity: Verbosity,
    state: Mutex<State<W>>,
}

struct State<W> {
    writer: W,
    running: BTreeMap<Work, Running>,
}

struct Running {
    started: Duration,
    spoken: Duration,
    bytes: u64,
    total_bytes: Option<u64>,
}

const SILENCE: Duration = Duration::from_secs(10);

impl<'a, W: Write> Lines<'a, W> {
    /// Writes to `writer`, as much as `verbosity` says.
    pub fn new(clock: &'a dyn Clock, verbosity: Verbosity, writer: W) -> Self {
        Self {
            clock,
            verbosity,
            state: Mutex::new(State {
                writer,
                running: BTreeMap::new(),
            }),
        }
    }
}

impl<W: Write> State<W> {
    fn say(&mut self, phase: impl Display, text: &str) {
        // Nothing can be told about a stderr that takes no lines.
        let _ = writeln!(self.writer, "{phase:>9}  {}", ForeignText::new(text));
    }

    fn advance(&mut self, work: &Work, bytes: u64, now: Duration) {
        let Some(running) = self.running.get_mut(work) else {
            return;
        };
        running.bytes += bytes;
        if now.saturating_sub(running.spoken) < SILENCE {
            return;
        }
        running.spoken = now;
        let done = ByteSize(running.bytes);
        let text = match running.total_bytes {
            Some(total) => format!("{}: {done} of {}", work.subject, ByteSize(total)),
            None => format!("{}: {done}", work.subject),
        };
        self.say(work.phase, &text);
    }

    fn finish(&mut self, work: &Work, now: Duration) -> Option<String> {
        let running = self.running.remove(work)?;
        let took = now.saturating_sub(running.started).as_secs_f64();
        let size = if running.bytes > 0 {
            format!(", {}", ByteSize(running.bytes))
        } else {
            String::new()
        };
        Some(format!("{} ({took:.1}s{size})", work.subject))
    }
}

impl<W: Write + Send> EventSink for Lines<'_, W> {
    fn emit(&self, event: Event) {
        let now = self.clock.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            _ if self.verbosity == Verbosity::Quiet => {}
            Event::Started { work, total_bytes } => {
                if is_long(work.phase) {
                    state.say(work.phase, &format!("{} …", work.subject));
                }
                state.running.insert(
                    work,
                    Running {
                        started: now,
                        spoken: now,
                        bytes: 0,
                        total_bytes,
                    },
                );
            }
            Event::Advanced { work, bytes } => state.advance(&work, bytes, now),
            Event::Finished { work } => {
                let text = state.finish(&work, now);
                if let Some(text) =
                    text.filter(|_| is_long(work.phase) || self.verbosity == Verbosity::Verbose)
                {
                    state.say(work.phase, &text);
                }
            }
            // The lines of the work itself tell as much, and who fetched modules has told.
            Event::Counted { .. }
            | Event::Delivered { .. }
            | Event::Undelivered { .. }
            | Event::Downloaded(_)
            | Event::Acted(_) => {}
            Event::Ran { phase, command } => {
                if self.verbosity == Verbosity::Verbose {
                    state.say(phase, &command);
                }
            }
            Event::Warned {
                phase,
                message,
                hints,
            } => {
                let writer = &mut state.writer;
                // As above: a stderr that takes no lines cannot be told of.
                let _ = write_labelled(writer, WARNING, "warning", &format!("[{phase}] {message}"));
                for hint in hints {
                    let _ = write_labelled(writer, HINT, "  hint", &hint);
                }
            }
            Event::Noted { phase, message } => state.say(phase, &message),
            Event::Passed(passed) => {
                if self.verbosity == Verbosity::Verbose {
                    state.say("state", &format!("{}: {}", passed.state, passed.decided));
                }
            }
        }
    }
}

/// Work that people wait for is announced; the rest is told only on request.
fn is_long(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Toolchain | Phase::Modules | Phase::Compile | Phase::Base
    )
}
