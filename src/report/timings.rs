//! How long each phase took.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::history::PhaseRun;
use crate::model::{Event, Phase};
use crate::ports::{Clock, EventSink};

/// Adds up, for each phase, the time during which at least one piece of its work went on. Phases
/// overlap, so the sum can be more than the run.
pub struct Timings<'a> {
    clock: &'a dyn Clock,
    phases: Mutex<BTreeMap<Phase, Busy>>,
}

#[derive(Default)]
struct Busy {
    begins: Duration,
    running: u32,
    since: Duration,
    total: Duration,
}

impl<'a> Timings<'a> {
    /// Begins with nothing.
    pub fn new(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            phases: Mutex::default(),
        }
    }

    /// Returns the time of each phase that did something, in the order of phases.
    pub fn totals(&self) -> Vec<(Phase, Duration)> {
        let phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        phases
            .iter()
            .map(|(phase, busy)| (*phase, busy.total))
            .collect()
    }

    /// Returns each phase that did something, as the history keeps it.
    pub fn phase_runs(&self) -> Vec<PhaseRun> {
        let phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = phases.iter().map(|(phase, busy)| PhaseRun {
            phase: phase.to_string(),
            begins: busy.begins.as_secs_f64(),
            seconds: busy.total.as_secs_f64(),
        });
        runs.collect()
    }
}

impl EventSink for Timings<'_> {
    fn emit(&self, event: Event) {
        let now = self.clock.elapsed();
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { work, .. } => {
                let busy = phases.entry(work.phase).or_insert_with(|| Busy {
                    begins: now,
                    ..Busy::default()
                });
                if busy.running == 0 {
                    busy.since = now;
                }
                busy.running += 1;
            }
            Event::Finished { work } => {
                let busy = phases.entry(work.phase).or_default();
                busy.running = busy.running.saturating_sub(1);
                if busy.running == 0 {
                    busy.total += now.saturating_sub(busy.since);
                }
            }
            Event::Advanced { .. }
            | Event::Counted { .. }
            | Event::Delivered { .. }
            | Event::Undelivered { .. }
            | Event::Warned { .. }
            | Event::Noted { .. }
            | Event::Passed(_)
            | Event::Downloaded(_)
            | Event::Ran { .. }
            | Event::Acted(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::model::Work;

    struct Hand(Mutex<Cell<u64>>);

    impl Clock for Hand {
        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().get())
        }
    }

    #[test]
    fn work_that_overlaps_counts_once() {
        let clock = Hand(Mutex::default());
        let timings = Timings::new(&clock);
        let at = |seconds, event| {
            clock.0.lock().unwrap().set(seconds);
            timings.emit(event);
        };
        let work = |subject: &str| Work::new(Phase::Compile, subject);
        at(
            1,
            Event::Started {
                work: work("a"),
                total_bytes: None,
            },
        );
        at(
            2,
            Event::Started {
                work: work("b"),
                total_bytes: None,
            },
        );
        at(4, Event::Finished { work: work("a") });
        at(5, Event::Finished { work: work("b") });
        at(
            7,
            Event::Started {
                work: work("c"),
                total_bytes: None,
            },
        );
        at(8, Event::Finished { work: work("c") });
        assert_eq!(timings.totals(), [(Phase::Compile, Duration::from_secs(5))]);
        let run = PhaseRun {
            phase: "compile".to_owned(),
            begins: 1.0,
            seconds: 5.0,
        };
        assert_eq!(timings.phase_runs(), [run]);
    }
}
