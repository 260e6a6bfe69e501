//! The `Builder` port over the go program.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::batch_run::BatchRun;
use crate::adapters::held_folder;
use crate::compile::GoFolders;
use crate::model::{Cancellation, Environment, ModuleDownloads};
use crate::plan::Batch;
use crate::ports::{Builder, Clock, Done, EventSink};
use crate::toolchain::{ModuleSettings, PinnedModule, Toolchain};

/// What every build of a run has in common.
#[derive(Debug, Clone)]
pub struct GoBuilderSettings {
    /// The environment that coracle was started in.
    pub environment: Environment,
    /// Go's own folders.
    pub folders: GoFolders,
    /// How modules are reached.
    pub modules: ModuleSettings,
    /// The root of the source tree.
    pub source_root: PathBuf,
    /// Coracle's cache folder.
    pub cache: PathBuf,
    /// How much one `go build` may compile at once.
    pub jobs: NonZeroUsize,
}

/// Builds with the go program.
pub struct GoBuilder<'a> {
    pub(super) settings: GoBuilderSettings,
    pub(super) events: &'a dyn EventSink,
    pub(super) clock: &'a dyn Clock,
    pub(super) cancellation: Cancellation,
}

impl<'a> GoBuilder<'a> {
    /// Makes a builder, and removes what killed processes have left of their builds.
    pub fn new(
        settings: GoBuilderSettings,
        events: &'a dyn EventSink,
        clock: &'a dyn Clock,
        cancellation: Cancellation,
    ) -> Self {
        held_folder::sweep(&settings.cache);
        Self {
            settings,
            events,
            clock,
            cancellation,
        }
    }
}

impl Builder for GoBuilder<'_> {
    fn build(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        modules: &[PinnedModule],
        done: &Done<'_>,
    ) -> ModuleDownloads {
        BatchRun::new(self, toolchain, batch, modules, done).run()
    }
}
