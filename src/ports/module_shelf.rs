//! The source of modules, where it is at hand.

use super::SourceTree;

/// Finds the files of modules that were fetched before. Nothing is fetched.
pub trait ModuleShelf: Sync {
    /// Returns the files of the module `path` at `version`; `None` where they are not there.
    fn find(&self, path: &str, version: &str) -> Option<Box<dyn SourceTree>>;
}
