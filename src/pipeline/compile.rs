//! Runs the compiler for all batches, a few at once.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::model::BuildError;
use crate::plan::{Batch, GoSettings, Target};
use crate::toolchain::Toolchain;

use super::Ports;

/// Takes each result as it is ready, with the settings that it was compiled with.
pub(super) type Compiled<'a> = dyn Fn(&GoSettings, &Target, Result<Binary, BuildError>) + Sync + 'a;

/// Builds `batches`, at most `jobs` at once, and hands each result to `done` as it is ready.
pub(super) fn compile(
    ports: &Ports<'_>,
    toolchain: &Toolchain,
    batches: &[Batch],
    jobs: NonZeroUsize,
    done: &Compiled<'_>,
) {
    let queue = Mutex::new(batches.iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(batches.len()) {
            scope.spawn(|| {
                while let Some(batch) = next() {
                    let with_settings =
                        |target: &Target, result| done(&batch.settings, target, result);
                    ports.builder.build(toolchain, batch, &with_settings);
                }
            });
        }
    });
}
