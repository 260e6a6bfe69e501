//! Where events go.

use crate::model::{Event, Work};

/// Listens to a run; the terminal, the trace and the report are such listeners.
pub trait EventSink: Sync {
    /// Takes what happened, from any thread. The sink stamps the time.
    fn emit(&self, event: Event);
}

/// Work that goes on; it is finished when this is dropped, also by an error.
pub struct Progress<'a> {
    sink: &'a dyn EventSink,
    work: Work,
}

impl<'a> Progress<'a> {
    /// Tells `sink` that `work` begins.
    pub fn start(sink: &'a dyn EventSink, work: Work, total_bytes: Option<u64>) -> Self {
        sink.emit(Event::Started {
            work: work.clone(),
            total_bytes,
        });
        Self { sink, work }
    }

    /// Tells the sink that so many more bytes have passed.
    pub fn advance(&self, bytes: u64) {
        self.sink.emit(Event::Advanced {
            work: self.work.clone(),
            bytes,
        });
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.sink.emit(Event::Finished {
            work: self.work.clone(),
        });
    }
}
