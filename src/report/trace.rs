//! `--trace FILE`: everything that happened, with its time, for us and for bug reports.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::model::{Event, ForeignText, Passed, Work};
use crate::ports::{Clock, EventSink};

/// Writes the Chrome trace event format, which browsers and Perfetto show as a timeline: one JSON
/// array of events, times in microseconds since the start. Readers take the array also without
/// its end, so the trace of a run that was killed is readable too.
pub struct Trace<'a, W: Write> {
    clock: &'a dyn Clock,
    state: Mutex<State<W>>,
}

struct State<W: Write> {
    writer: W,
    /// The first write that failed; nothing is written after it.
    failure: Option<io::Error>,
    separator: &'static str,
    rows: BTreeMap<Work, usize>,
}

impl<'a, W: Write> Trace<'a, W> {
    /// Begins a trace.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn start(clock: &'a dyn Clock, mut writer: W) -> io::Result<Self> {
        writer.write_all(b"[")?;
        let state = State {
            writer,
            failure: None,
            separator: "\n",
            rows: BTreeMap::new(),
        };
        Ok(Self {
            clock,
            state: Mutex::new(state),
        })
    }

    /// Ends the array.
    ///
    /// # Errors
    /// The first of the writer's, whenever it was.
    pub fn finish(self) -> io::Result<()> {
        let state = self.state.into_inner();
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        match state.failure {
            Some(error) => Err(error),
            None => state
                .writer
                .write_all(b"\n]\n")
                .and_then(|()| state.writer.flush()),
        }
    }
}

impl<W: Write> State<W> {
    /// Work that goes on at the same time is drawn on rows of its own.
    fn row(&mut self, work: &Work) -> usize {
        let free = (1..=self.rows.len() + 1)
            .find(|row| !self.rows.values().any(|taken| taken == row))
            .unwrap_or(0);
        *self.rows.entry(work.clone()).or_insert(free)
    }

    fn write(&mut self, event: &Value) {
        // A trace that cannot be written must not end the run that it watches.
        if self.failure.is_none() {
            self.failure = write!(self.writer, "{}{event}", self.separator).err();
        }
        self.separator = ",\n";
    }
}

impl<W: Write + Send> EventSink for Trace<'_, W> {
    fn emit(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked under the lock: two threads could write their times in the wrong order otherwise.
        let at = u64::try_from(self.clock.elapsed().as_micros()).unwrap_or(u64::MAX);
        let entry = match event {
            Event::Started { work, total_bytes } => json!({
                "ph": "B", "ts": at, "pid": 1, "tid": state.row(&work), "cat": work.phase.as_str(),
                "name": shown(&work.subject), "args": { "total_bytes": total_bytes },
            }),
            Event::Finished { work } => {
                let row = state.row(&work);
                state.rows.remove(&work);
                json!({ "ph": "E", "ts": at, "pid": 1, "tid": row })
            }
            Event::Advanced { .. } | Event::Counted { .. } | Event::Downloaded(_) => return,
            Event::Passed(Passed { state, decided }) => {
                instant(at, state.as_str(), "state", &decided)
            }
            Event::Warned { phase, message, .. } => {
                instant(at, phase.as_str(), "warning", &message)
            }
            Event::Noted { phase, message } => instant(at, phase.as_str(), "note", &message),
        };
        state.write(&entry);
    }
}

fn instant(at: u64, phase: &str, kind: &str, message: &str) -> Value {
    json!({ "ph": "i", "ts": at, "pid": 1, "tid": 0, "s": "g", "cat": phase, "name": kind, "args": { "message": shown(message) } })
}

fn shown(text: &str) -> String {
    ForeignText::new(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::model::Phase;

    /// Never tells the same time twice, and lets another thread run before anything is done with it.
    #[derive(Default)]
    struct Yielding(AtomicU64);

    impl Clock for Yielding {
        fn elapsed(&self) -> Duration {
            let elapsed = self.0.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
            Duration::from_micros(elapsed)
        }
    }

    struct Stopped;

    impl Clock for Stopped {
        fn elapsed(&self) -> Duration {
            Duration::from_micros(7)
        }
    }

    fn note() -> Event {
        Event::Noted {
            phase: Phase::Plan,
            message: "all is well".to_owned(),
        }
    }

    #[test]
    fn a_trace_is_one_array_of_json() {
        let mut bytes = Vec::new();
        let trace = Trace::start(&Stopped, &mut bytes).unwrap();
        trace.emit(note());
        trace.emit(note());
        trace.finish().unwrap();
        let events: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(events.len(), 2);
        assert_eq!(events[0]["ts"], 7);
    }

    #[test]
    fn the_events_of_many_threads_are_in_the_order_of_their_times() {
        let mut bytes = Vec::new();
        let clock = Yielding::default();
        let trace = Trace::start(&clock, &mut bytes).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|_| trace.emit(note())));
            }
        });
        trace.finish().unwrap();
        let events: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(events.len(), 2000);
        assert!(events.is_sorted_by_key(|event| event["ts"].as_u64()));
    }

    #[test]
    fn a_trace_that_could_not_be_written_says_so_at_its_end() {
        let mut room = [0; 20];
        let trace = Trace::start(&Stopped, room.as_mut_slice()).unwrap();
        trace.emit(note());
        trace.emit(note());
        let error = trace.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
