//! What the go command knows of a project beside what it compiles.

use crate::compile::{
    BuildCacheReading, CacheShare, PackageGraph, PlannedCommand, Recompiled, ReleaseNotes,
    VetRemark,
};
use crate::model::{BuildError, ModulePath, SourcePath};
use crate::plan::Batch;
use crate::toolchain::{PinnedModule, Toolchain};

/// Looks at what batches are made of. Nothing is changed, and modules that are missing are fetched.
pub trait GoInspector: Sync {
    /// Returns the packages that `batch` is compiled from, as far as they can be loaded.
    ///
    /// # Errors
    /// When nothing can be told of any.
    fn packages(&self, toolchain: &Toolchain, batch: &Batch) -> Result<Packages, BuildError>;

    /// Returns the commands that a build of `batch` would run, of whose `modules` some may be missing. None
    /// is run.
    ///
    /// # Errors
    /// When a setting of the batch is wrong.
    fn commands(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        modules: &[PinnedModule],
    ) -> Result<Vec<PlannedCommand>, BuildError>;

    /// Returns what the authors of `modules` say of the versions which `batch` uses.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn releases(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        modules: &[ModulePath],
    ) -> Result<Vec<ReleaseNotes>, BuildError>;

    /// Returns what `go mod tidy` would change of the go.mod in `folder`, as a diff; `None` where it is
    /// nothing.
    ///
    /// # Errors
    /// When it cannot tell.
    fn untidiness(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        folder: &SourcePath,
    ) -> Result<Option<String>, BuildError>;

    /// Returns what `go vet` says of all packages of the module in `folder`, with the settings of `batch`.
    ///
    /// # Errors
    /// When they cannot be loaded.
    fn vet(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        folder: &SourcePath,
    ) -> Result<Vec<VetRemark>, BuildError>;

    /// Reads Go's build cache, and tells what in it is not what it should be.
    ///
    /// # Errors
    /// When it cannot be read.
    fn build_cache(&self, share: CacheShare) -> Result<BuildCacheReading, BuildError>;

    /// Compiles `packages` and all that they import, with the settings of `batch`, away from the build cache,
    /// and compares them with those that are in it.
    ///
    /// # Errors
    /// When they cannot be compiled.
    fn recompiled(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        packages: &[String],
    ) -> Result<Recompiled, BuildError>;
}

/// What programs are compiled from.
#[derive(Debug, Default)]
pub struct Packages {
    /// The packages that could be loaded.
    pub graph: PackageGraph,
    /// An error for each program that needs another.
    pub errors: Vec<BuildError>,
}
