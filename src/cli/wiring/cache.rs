//! The cache folder, for whoever looks after it.

use std::path::{Path, PathBuf};

use super::World;
use super::project::Settings;
use crate::adapters::disk::{BundleShelf, CacheFolder, DiskCacheShelf};
use crate::adapters::fetch::ToolchainShelf;
use crate::adapters::go::{ScannerShelf, WorkshopShelf};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::config::CacheLimit;
use crate::model::BuildError;
use crate::pipeline::Cache;
use crate::ports::CacheShelf;

/// All who know of something in the cache folder.
pub(in crate::cli) struct CacheShelves {
    folder: PathBuf,
    disk: DiskCacheShelf,
    toolchains: ToolchainShelf,
    workshops: WorkshopShelf,
    scanners: ScannerShelf,
    bundles: BundleShelf,
}

impl CacheShelves {
    /// Finds the folder that the environment names, and touches nothing.
    pub(in crate::cli) fn find(session: &Session) -> Result<Self, BuildError> {
        CacheFolder::find(&session.host).map(|cache| Self::of(&cache))
    }

    pub(super) fn of(cache: &CacheFolder) -> Self {
        let folder = cache.path().to_owned();
        Self {
            disk: DiskCacheShelf::new(cache.clone()),
            toolchains: ToolchainShelf::new(folder.clone()),
            workshops: WorkshopShelf::new(folder.clone()),
            scanners: ScannerShelf::new(folder.clone()),
            bundles: BundleShelf::new(folder.clone()),
            folder,
        }
    }

    /// Returns where it is.
    pub(in crate::cli) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does something with all of them.
    pub(in crate::cli) fn with<T>(&self, work: impl FnOnce(Cache<'_>) -> T) -> T {
        let shelves: [&dyn CacheShelf; 5] = [
            &self.disk,
            &self.toolchains,
            &self.workshops,
            &self.scanners,
            &self.bundles,
        ];
        work(Cache {
            folder: &self.folder,
            shelves: &shelves,
        })
    }
}

/// Returns how much the cache may hold: what coracle.toml says, where there is one.
pub(in crate::cli) fn cache_limit(
    session: &Session,
    options: &ProjectOptions,
) -> Result<CacheLimit, Vec<BuildError>> {
    Settings::read(session, options).map(|settings| settings.config.cache.size)
}

impl World<'_> {
    /// Removes what was used least recently where this run has added to the cache and it holds more
    /// than it may. A run that added nothing looks at nothing, and none fails by this.
    pub(in crate::cli) fn trim_cache(&self) {
        let has_grown =
            self.cache.has_grown() || self.toolchains.has_fetched() || self.shelves.has_unpacked();
        if !has_grown || self.session.cancellation.reason().is_some() {
            return;
        }
        let Some(_lock) = self.cache.lock_to_trim() else {
            return;
        };
        let limit = self.project.config.cache.size;
        CacheShelves::of(&self.cache).with(|cache| cache.trim(limit, self.events));
    }
}
