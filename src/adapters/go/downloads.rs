//! The modules that a go command fetches, as far as they can be seen from outside.

#![expect(
    clippy::disallowed_methods,
    reason = "the sizes of what the go command fetches are on the disk"
)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::compile::DOWNLOADING;
use crate::model::{Event, Phase, Work};
use crate::ports::{EventSink, Progress};
use crate::toolchain::escape_module;

/// Modules on their way. The go command names each when it begins, and says nothing of bytes: a
/// module counts once its zip is whole in the module cache.
pub(super) struct Downloads<'a> {
    events: &'a dyn EventSink,
    subject: String,
    module_cache: &'a Path,
    progress: Option<Progress<'a>>,
    awaited: Vec<PathBuf>,
    arrived: usize,
}

impl<'a> Downloads<'a> {
    /// Waits for modules that `subject` needs.
    pub(super) fn new(events: &'a dyn EventSink, subject: String, module_cache: &'a Path) -> Self {
        Self {
            events,
            subject,
            module_cache,
            progress: None,
            awaited: Vec::new(),
            arrived: 0,
        }
    }

    /// Takes a line of the go command.
    pub(super) fn hear(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let Some(module) = line.trim_end().strip_prefix(DOWNLOADING) else {
            return;
        };
        self.progress.get_or_insert_with(|| {
            let work = Work::new(Phase::Modules, self.subject.clone());
            Progress::start(self.events, work, None)
        });
        self.look();
        self.awaited.extend(zip(self.module_cache, module));
    }

    /// Counts what has come since it was looked the last time.
    fn look(&mut self) {
        let Some(progress) = &self.progress else {
            return;
        };
        let arrived = &mut self.arrived;
        self.awaited.retain(|zip| match fs::metadata(zip) {
            Ok(zip) => {
                progress.advance(zip.len());
                *arrived += 1;
                false
            }
            Err(_) => true,
        });
    }

    /// Counts the last ones, and tells how many there were.
    pub(super) fn end(mut self) {
        self.look();
        // What is counted is told after its work is.
        self.progress = None;
        if self.arrived > 0 {
            let plural = if self.arrived == 1 { "" } else { "s" };
            self.events.emit(Event::Noted {
                phase: Phase::Modules,
                message: format!("{} module{plural} downloaded", self.arrived),
            });
        }
    }
}

/// Returns where the zip of `MODULE VERSION` will be, "The module cache" in Go's reference.
fn zip(module_cache: &Path, module: &str) -> Option<PathBuf> {
    let (path, version) = module.split_once(' ')?;
    let folder = module_cache.join("cache/download");
    let folder = folder.join(escape_module(path)).join("@v");
    Some(folder.join(format!("{}.zip", escape_module(version))))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tempfile::TempDir;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Event>>);

    impl EventSink for Heard {
        fn emit(&self, event: Event) {
            self.0.lock().unwrap().push(event);
        }
    }

    #[test]
    fn modules_are_counted_with_their_bytes_once_they_are_whole() {
        let (cache, heard) = (TempDir::new().unwrap(), Heard::default());
        let put = |path: &str, bytes: &[u8]| {
            let path = cache.path().join("cache/download").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let mut downloads = Downloads::new(&heard, "linux/amd64".to_owned(), cache.path());
        downloads.hear(b"go: finding example.com/x\n");
        assert!(heard.0.lock().unwrap().is_empty());
        downloads.hear(b"go: downloading example.com/A v1.0.0\n");
        put("example.com/!a/@v/v1.0.0.zip", b"12345");
        downloads.hear(b"go: downloading example.com/b v1.0.0\n");
        put("example.com/b/@v/v1.0.0.zip", b"123");
        downloads.hear(b"go: downloading example.com/c v1.0.0\n");
        downloads.end();
        let heard = heard.0.into_inner().unwrap();
        let bytes = heard.iter().filter_map(|event| match event {
            Event::Advanced { bytes, .. } => Some(*bytes),
            _ => None,
        });
        assert_eq!(bytes.collect::<Vec<u64>>(), [5, 3]);
        let noted = heard.iter().any(
            |event| matches!(event, Event::Noted { message, .. } if message == "2 modules downloaded"),
        );
        assert!(noted, "{heard:?}");
    }
}
