//! The modules that a go command fetches, as far as they can be seen from outside.

#![expect(
    clippy::disallowed_methods,
    reason = "the sizes of what the go command fetches are on the disk"
)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::compile::DOWNLOADING;
use crate::model::{DownloadedModule, Event, Phase, Work};
use crate::ports::{EventSink, Progress};
use crate::toolchain::{ModulePlace, PinnedModule};

/// Modules on their way. The go command names each when it begins, and says nothing of bytes: a
/// module counts once its zip is whole in the module cache.
pub(super) struct Downloads<'a> {
    events: &'a dyn EventSink,
    subject: String,
    module_cache: &'a Path,
    progress: Option<Progress<'a>>,
    awaited: Vec<Awaited>,
    arrived: Vec<DownloadedModule>,
}

struct Awaited {
    module: String,
    zip: PathBuf,
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
            arrived: Vec::new(),
        }
    }

    /// Waits for `modules`, which nobody will name.
    pub(super) fn wait_for(&mut self, modules: &[&PinnedModule]) {
        for module in modules {
            self.wait(&module.path, &module.version);
        }
    }

    /// Takes a line of the go command.
    pub(super) fn hear(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let module = line.trim_end().strip_prefix(DOWNLOADING);
        if let Some((path, version)) = module.and_then(|module| module.split_once(' ')) {
            self.look();
            self.wait(path, version);
        }
    }

    fn wait(&mut self, path: &str, version: &str) {
        self.progress.get_or_insert_with(|| {
            let work = Work::new(Phase::Modules, self.subject.clone());
            Progress::start(self.events, work, None)
        });
        let place = ModulePlace::in_cache(self.module_cache, path, version);
        // What is unpacked anew of a zip that is there is not downloaded.
        let place = place.filter(|place| !place.zip.exists());
        self.awaited.extend(place.map(|place| Awaited {
            module: format!("{path}@{version}"),
            zip: place.zip,
        }));
    }

    /// Counts what has come since it was looked the last time.
    pub(super) fn look(&mut self) {
        let Some(progress) = &self.progress else {
            return;
        };
        let arrived = &mut self.arrived;
        self.awaited
            .retain(|awaited| match fs::metadata(&awaited.zip) {
                Ok(zip) => {
                    progress.advance(zip.len());
                    arrived.push(DownloadedModule {
                        module: awaited.module.clone(),
                        size_bytes: zip.len(),
                    });
                    false
                }
                Err(_) => true,
            });
    }

    /// Counts the last ones, tells how many there were, and returns them.
    pub(super) fn end(mut self) -> Vec<DownloadedModule> {
        self.look();
        // What is counted is told after its work is.
        self.progress = None;
        let count = self.arrived.len();
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            self.events.emit(Event::Noted {
                phase: Phase::Modules,
                message: format!("{count} module{plural} downloaded"),
            });
        }
        self.arrived
    }
}

/// Returns those of `modules` that the module cache lacks, as the go command sees it.
pub(super) fn missing<'m>(
    module_cache: &Path,
    modules: &'m [PinnedModule],
) -> Vec<&'m PinnedModule> {
    let lacks = |module: &&PinnedModule| {
        let place = ModulePlace::in_cache(module_cache, &module.path, &module.version);
        place.is_some_and(|place| !place.hash.exists() || !place.folder.is_dir())
    };
    modules.iter().filter(lacks).collect()
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
