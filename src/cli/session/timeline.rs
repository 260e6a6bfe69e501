//! The timeline that `--trace` asks for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::adapters::host::Stopwatch;
use crate::model::{BuildError, Event, ExitCode, Phase};
use crate::ports::EventSink;
use crate::report::Trace;

/// A timeline, and the file that it goes to.
pub(super) struct Timeline {
    path: PathBuf,
    trace: Trace<Stopwatch, File>,
}

impl Timeline {
    /// Opens the file.
    pub(super) fn start(clock: Stopwatch, path: PathBuf) -> Result<Self, BuildError> {
        let trace = File::create(&path).and_then(|file| Trace::start(clock, file));
        match trace {
            Ok(trace) => Ok(Self { path, trace }),
            Err(error) => Err(untraced(&path, error)),
        }
    }

    /// Ends it. What is known only at the end goes into a file; what is none, such as a pipe, took what
    /// was known before, and does without.
    pub(super) fn finish(&self) -> Result<(), BuildError> {
        let written = self.trace.finish().and_then(|whole| match whole {
            Some(whole) if self.path.is_file() => std::fs::write(&self.path, whole),
            _ => Ok(()),
        });
        written.map_err(|error| untraced(&self.path, error))
    }
}

/// A listener, and the timeline.
pub(super) struct Traced<'a> {
    pub(super) talker: Box<dyn EventSink + Send + 'a>,
    pub(super) timeline: &'a Timeline,
}

impl EventSink for Traced<'_> {
    fn emit(&self, event: Event) {
        self.timeline.trace.emit(event.clone());
        self.talker.emit(event);
    }
}

fn untraced(path: &Path, error: io::Error) -> BuildError {
    let folder = path
        .parent()
        .filter(|_| error.kind() == io::ErrorKind::NotFound);
    let untraced = BuildError::new(Phase::Report, path.display(), "cannot write the trace")
        .because(error)
        .exit(ExitCode::CannotWrite);
    match folder {
        Some(folder) => untraced.hint(format!(
            "make the folder first: mkdir -p {}",
            folder.display()
        )),
        None => untraced.hint("name a file that can be written: --trace /tmp/trace.json"),
    }
}
