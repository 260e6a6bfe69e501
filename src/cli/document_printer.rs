//! Hands resolved documents on while a run goes on, each as soon as all that it names is published.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::manifests::BuiltReference;
use crate::model::{BuildError, Event};
use crate::pipeline::DocumentStream;
use crate::plan::ImagesPlan;
use crate::ports::EventSink;

/// Takes documents in their order, from any thread.
pub(super) type Print<'a> = dyn Fn(&str) -> Result<(), BuildError> + Sync + 'a;

/// Listens to what is delivered, and hands on the documents that waited for it.
pub(super) struct DocumentPrinter<'a> {
    /// Locked while it prints, so that documents keep their order.
    state: Mutex<State<'a>>,
    print: &'a Print<'a>,
}

struct State<'a> {
    stream: DocumentStream<'a>,
    /// What kept a document from being handed on; the others are held back then.
    error: Option<BuildError>,
}

impl<'a> DocumentPrinter<'a> {
    /// Hands the documents of `stream` to `print`.
    pub(super) fn new(stream: DocumentStream<'a>, print: &'a Print<'a>) -> Self {
        let state = State {
            stream,
            error: None,
        };
        Self {
            state: Mutex::new(state),
            print,
        }
    }

    /// Hands on what waits for nothing of `plan`, which was made for `references`.
    pub(super) fn begin(&self, plan: &ImagesPlan, references: &[BuiltReference]) {
        self.hand_on(|stream| stream.begin(plan, references));
    }

    /// Hands on the rest, but for what names an image that is not published.
    ///
    /// # Errors
    /// When any document could not be handed on.
    pub(super) fn end(&self) -> Result<(), BuildError> {
        self.hand_on(DocumentStream::rest);
        self.locked().error.take().map_or(Ok(()), Err)
    }

    fn hand_on(&self, ready: impl FnOnce(&mut DocumentStream<'a>) -> String) {
        let mut state = self.locked();
        let text = ready(&mut state.stream);
        if state.error.is_none() && !text.is_empty() {
            state.error = (self.print)(&text).err();
        }
    }

    fn locked(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for DocumentPrinter<'_> {
    fn emit(&self, event: Event) {
        match event {
            Event::Delivered {
                image,
                destination,
                digest,
            } => self.hand_on(|stream| stream.take(&image, &destination, &digest)),
            Event::Undelivered { image } => self.hand_on(|stream| stream.lose(&image)),
            _ => {}
        }
    }
}
