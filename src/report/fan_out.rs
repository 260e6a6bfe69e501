//! One stream of events, many listeners.

use crate::model::Event;
use crate::ports::EventSink;

/// Hands each event to all its listeners, in order.
pub struct FanOut<'a>(Vec<&'a dyn EventSink>);

impl<'a> FanOut<'a> {
    /// Listens with all of `sinks`.
    pub fn new(sinks: Vec<&'a dyn EventSink>) -> Self {
        Self(sinks)
    }
}

impl EventSink for FanOut<'_> {
    fn emit(&self, event: Event) {
        for sink in &self.0 {
            sink.emit(event.clone());
        }
    }
}
