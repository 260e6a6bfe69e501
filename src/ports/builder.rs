//! Source to binaries.

use crate::compile::Binary;
use crate::model::{BuildError, ModuleDownloads};
use crate::plan::{Batch, Target};
use crate::toolchain::{PinnedModule, Toolchain};

/// Takes each result as it is ready, from any thread, once for each target.
pub type Done<'a> = dyn Fn(&Target, Result<Binary, BuildError>) + Sync + 'a;

/// Makes static binaries of main packages.
pub trait Builder: Sync {
    /// Builds all targets of `batch` with `toolchain` and hands each result to `done`: one target's
    /// failure loses no other. Where modules are missing, those of `modules` are fetched first.
    /// Returns what came of that.
    fn build(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        modules: &[PinnedModule],
        done: &Done<'_>,
    ) -> ModuleDownloads;
}
