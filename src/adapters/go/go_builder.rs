//! The `Builder` port over the go program.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::batch_run::BatchRun;
use crate::adapters::held_folder;
use crate::compile::{GoCommands, GoFolders, KnownPaths, Surroundings};
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
    /// Whether anybody wants to know what each `go build` does when.
    pub actions: ActionsWanted,
}

/// Whether the actions of `go build` are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionsWanted {
    /// For a timeline.
    Told,
    /// Nobody asked.
    Untold,
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

    /// Returns the commands of `batch`, which leave what they leave in `scratch`.
    pub(super) fn commands<'b>(
        &'b self,
        toolchain: &'b Toolchain,
        batch: &'b Batch,
        scratch: &'b Path,
    ) -> GoCommands<'b> {
        let settings = &self.settings;
        GoCommands {
            toolchain,
            batch,
            surroundings: Surroundings {
                environment: &settings.environment,
                folders: &settings.folders,
                modules: &settings.modules,
                source_root: &settings.source_root,
                scratch,
                jobs: settings.jobs,
            },
        }
    }

    /// Returns the folders that messages about `batch` need not name in full.
    pub(super) fn known_paths(&self, toolchain: &Toolchain, batch: &Batch) -> KnownPaths {
        KnownPaths {
            folder: self.settings.source_root.join(batch.folder.as_str()),
            module_cache: self.settings.folders.module_cache.clone(),
            goroot: toolchain.root.clone(),
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
