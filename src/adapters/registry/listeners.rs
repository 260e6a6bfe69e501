//! Requests to events.

use std::cell::Cell;
use std::fmt::Display;
use std::time::Duration;

use crate::adapters::http::Observer;
use crate::model::{Event, Phase, Work};
use crate::ports::{EventSink, Progress};

/// Tells a sink of waits, and of bytes: each once, however often it is sent.
pub(super) struct Listener<'a> {
    sink: &'a dyn EventSink,
    phase: Phase,
    progress: Option<Progress<'a>>,
    passed: HighWater,
}

/// How far bytes have come that begin anew with each attempt.
#[derive(Debug, Default)]
pub(super) struct HighWater {
    passed_bytes: Cell<u64>,
    highest_bytes: Cell<u64>,
}

impl HighWater {
    /// Goes on after the first `bytes`, whether or not they passed here.
    pub(super) fn begin_at(&self, bytes: u64) {
        self.passed_bytes.set(bytes);
    }

    /// Takes note of more bytes, and returns how many of them are there for the first time.
    pub(super) fn rise(&self, bytes: u64) -> u64 {
        let (passed, highest) = (self.passed_bytes.get() + bytes, self.highest_bytes.get());
        self.passed_bytes.set(passed);
        self.highest_bytes.set(highest.max(passed));
        passed.saturating_sub(highest)
    }
}

impl<'a> Listener<'a> {
    /// Tells of waits alone.
    pub(super) fn of_waits(sink: &'a dyn EventSink, phase: Phase) -> Self {
        Self {
            sink,
            phase,
            progress: None,
            passed: HighWater::default(),
        }
    }

    /// Tells how `work` goes on, which is to move `total_bytes`.
    pub(super) fn of_work(sink: &'a dyn EventSink, work: Work, total_bytes: u64) -> Self {
        let phase = work.phase;
        Self {
            progress: Some(Progress::start(sink, work, Some(total_bytes))),
            ..Self::of_waits(sink, phase)
        }
    }
}

impl Listener<'_> {
    /// Hears next of the bytes after the first `bytes`.
    pub(super) fn begin_at(&self, bytes: u64) {
        self.passed.begin_at(bytes);
    }
}

impl Observer for Listener<'_> {
    fn moved(&self, bytes: u64) {
        let news = self.passed.rise(bytes);
        if let Some(progress) = self.progress.as_ref().filter(|_| news > 0) {
            progress.advance(news);
        }
    }

    fn waits(&self, reason: &dyn Display, wait: Duration) {
        self.sink.emit(Event::Warned {
            phase: self.phase,
            message: format!("{reason}; trying again in {:.1} s", wait.as_secs_f64()),
            hints: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_sent_again_count_once() {
        let passed = HighWater::default();
        assert_eq!(passed.rise(10), 10);
        passed.begin_at(0);
        assert_eq!(passed.rise(4), 0);
        assert_eq!(passed.rise(10), 4);
        passed.begin_at(12);
        assert_eq!(passed.rise(4), 2);
    }
}
