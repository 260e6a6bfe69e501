//! `--trace FILE`: everything that happened, with its time, for us and for bug reports.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::model::{Action, Actions, Event, ForeignText, Passed, Work};
use crate::ports::{Clock, EventSink};

/// Writes the Chrome trace event format, which browsers and Perfetto show as a timeline: one JSON
/// array of events, times in microseconds since the start. Readers take the array also without
/// its end, so the trace of a run that was killed is readable too.
///
/// What programs of others have done is known only once they have ended, and belongs before what is
/// written by then: [`Trace::finish`] returns all of it in the order of times.
pub struct Trace<C, W> {
    clock: C,
    state: Mutex<State<W>>,
}

struct State<W> {
    writer: W,
    /// The first write that failed; nothing is written after it.
    failure: Option<io::Error>,
    separator: &'static str,
    rows: BTreeMap<Work, usize>,
    /// What was written, by its time.
    written: Vec<(u64, String)>,
    /// What programs of others have done.
    acted: Vec<(u64, String)>,
    /// How many such programs there were.
    programs: usize,
}

impl<C, W: Write> Trace<C, W> {
    /// Begins a trace.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn start(clock: C, mut writer: W) -> io::Result<Self> {
        writer.write_all(b"[")?;
        let state = State {
            writer,
            failure: None,
            separator: "\n",
            rows: BTreeMap::new(),
            written: Vec::new(),
            acted: Vec::new(),
            programs: 0,
        };
        Ok(Self {
            clock,
            state: Mutex::new(state),
        })
    }

    /// Ends the array. Returns the whole text anew where more is known by now than was written.
    ///
    /// # Errors
    /// The first of the writer's, whenever it was.
    pub fn finish(&self) -> io::Result<Option<String>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.failure.take() {
            return Err(error);
        }
        state.writer.write_all(b"\n]\n")?;
        state.writer.flush()?;
        Ok(state.whole())
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

    fn write(&mut self, at: u64, event: &Value) {
        let event = event.to_string();
        // A trace that cannot be written must not end the run that it watches.
        if self.failure.is_none() {
            self.failure = write!(self.writer, "{}{event}", self.separator).err();
        }
        self.separator = ",\n";
        self.written.push((at, event));
    }

    /// Draws what a program has done below what coracle does, on rows of its own: a row for each part that
    /// goes on while others do.
    fn act(&mut self, mut program: Actions) {
        self.programs += 1;
        let process = 1 + self.programs;
        let name = json!({
            "ph": "M", "pid": process, "tid": 0, "name": "process_name", "args": { "name": shown(&program.of) },
        });
        self.acted.push((0, name.to_string()));
        program.actions.sort_by_key(|action| action.started);
        let mut rows: Vec<Duration> = Vec::new();
        for Action {
            name,
            started,
            ended,
        } in program.actions
        {
            let free = rows.iter().position(|until| *until <= started);
            let row = free.unwrap_or(rows.len());
            match rows.get_mut(row) {
                Some(until) => *until = ended,
                None => rows.push(ended),
            }
            let (at, took) = (micros(started), micros(ended.saturating_sub(started)));
            let action = json!({
                "ph": "X", "ts": at, "dur": took, "pid": process, "tid": row + 1, "cat": "go", "name": shown(&name),
            });
            self.acted.push((at, action.to_string()));
        }
    }

    fn whole(&mut self) -> Option<String> {
        if self.acted.is_empty() {
            return None;
        }
        let mut all = std::mem::take(&mut self.written);
        all.append(&mut self.acted);
        all.sort_by_key(|(at, _)| *at);
        let lines: Vec<String> = all.into_iter().map(|(_, event)| event).collect();
        Some(format!("[\n{}\n]\n", lines.join(",\n")))
    }
}

impl<C: Clock, W: Write + Send> EventSink for Trace<C, W> {
    fn emit(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked under the lock: two threads could write their times in the wrong order otherwise.
        let at = micros(self.clock.elapsed());
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
            Event::Advanced { .. }
            | Event::Counted { .. }
            | Event::Delivered { .. }
            | Event::Undelivered { .. }
            | Event::Downloaded(_) => return,
            Event::Acted(actions) => return state.act(actions),
            Event::Ran { phase, command } => instant(at, phase.as_str(), "command", &command),
            Event::Passed(Passed { state, decided }) => {
                instant(at, state.as_str(), "state", &decided)
            }
            Event::Warned { phase, message, .. } => {
                instant(at, phase.as_str(), "warning", &message)
            }
            Event::Noted { phase, message } => instant(at, phase.as_str(), "note", &message),
        };
        state.write(at, &entry);
    }
}

fn instant(at: u64, phase: &str, kind: &str, message: &str) -> Value {
    json!({ "ph": "i", "ts": at, "pid": 1, "tid": 0, "s": "g", "cat": phase, "name": kind, "args": { "message": shown(message) } })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn shown(text: &str) -> String {
    ForeignText::new(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

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
        assert_eq!(trace.finish().unwrap(), None);
        drop(trace);
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
        assert_eq!(trace.finish().unwrap(), None);
        drop(trace);
        let events: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(events.len(), 2000);
        assert!(events.is_sorted_by_key(|event| event["ts"].as_u64()));
    }

    #[test]
    fn what_programs_did_is_put_in_the_order_of_times_on_rows_of_their_own() {
        let mut bytes = Vec::new();
        let trace = Trace::start(&Stopped, &mut bytes).unwrap();
        let action = |name: &str, started, ended| Action {
            name: name.to_owned(),
            started: Duration::from_micros(started),
            ended: Duration::from_micros(ended),
        };
        trace.emit(note());
        trace.emit(Event::Acted(Actions {
            of: "go build linux/amd64".to_owned(),
            actions: vec![
                action("link app", 9, 12),
                action("compile a", 2, 5),
                action("compile b", 3, 9),
            ],
        }));
        let whole = trace.finish().unwrap().unwrap();
        drop(trace);
        let live: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(live.len(), 1);
        let events: Vec<Value> = serde_json::from_str(&whole).unwrap();
        let drawn: Vec<String> = events[1..]
            .iter()
            .map(|event| format!("{} {} {}", event["ts"], event["name"], event["tid"]))
            .collect();
        assert_eq!(
            drawn,
            [
                "2 \"compile a\" 1",
                "3 \"compile b\" 2",
                "7 \"note\" 0",
                "9 \"link app\" 1"
            ]
        );
        assert_eq!(events[0]["args"]["name"], "go build linux/amd64");
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
