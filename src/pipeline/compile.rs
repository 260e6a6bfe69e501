//! Runs the compiler for all batches, a few at once.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::model::{BuildError, Event, ModuleDownloads};
use crate::plan::{Batch, GoSettings, Target};
use crate::toolchain::{PinnedModule, Toolchain};

use super::Ports;

/// Takes each result as it is ready, with the settings that it was compiled with.
pub(super) type Compiled<'a> = dyn Fn(&GoSettings, &Target, Result<Binary, BuildError>) + Sync + 'a;

/// What is compiled.
pub(super) struct Compile<'a> {
    /// The programs.
    pub(super) batches: &'a [Batch],
    /// The modules that may be needed for them.
    pub(super) modules: &'a [PinnedModule],
    /// How many batches are built at once.
    pub(super) jobs: NonZeroUsize,
}

/// Builds all batches, at most `jobs` at once, and hands each result to `done` as it is ready. Returns what came of
/// fetching modules.
pub(super) fn compile(
    ports: &Ports<'_>,
    toolchain: &Toolchain,
    work: &Compile<'_>,
    done: &Compiled<'_>,
) -> ModuleDownloads {
    let downloads = Mutex::new(ModuleDownloads::default());
    let Compile {
        batches,
        modules,
        jobs,
    } = *work;
    let queue = Mutex::new(batches.iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(batches.len()) {
            scope.spawn(|| {
                while let Some(batch) = next() {
                    let with_settings =
                        |target: &Target, result| done(&batch.settings, target, result);
                    let fetched = ports
                        .builder
                        .build(toolchain, batch, modules, &with_settings);
                    let mut downloads = downloads.lock().unwrap_or_else(PoisonError::into_inner);
                    downloads.add(fetched);
                }
            });
        }
    });
    let downloads = downloads
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    ports.events.emit(Event::Downloaded(downloads.clone()));
    downloads
}
