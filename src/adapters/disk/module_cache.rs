//! Go's module cache, to be looked into.

use std::path::PathBuf;

use super::DiskTree;
use crate::ports::{ModuleShelf, SourceTree};
use crate::toolchain::ModulePlace;

/// The modules in a module cache, "The module cache" in Go's reference.
#[derive(Debug, Clone)]
pub struct ModuleCache {
    folder: PathBuf,
}

impl ModuleCache {
    /// Names the folder, which may not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns where the module `path` is at `version`, or would be; `None` where these name no
    /// module.
    pub(super) fn place(&self, path: &str, version: &str) -> Option<ModulePlace> {
        ModulePlace::in_cache(&self.folder, path, version)
    }
}

impl ModuleShelf for ModuleCache {
    fn find(&self, path: &str, version: &str) -> Option<Box<dyn SourceTree>> {
        let place = self.place(path, version)?;
        let tree = DiskTree::open(&place.folder).ok()?;
        Some(Box::new(tree))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourcePath;

    #[test]
    fn a_module_is_found_under_its_escaped_name_and_nothing_else_is() {
        let cache = tempfile::TempDir::new().unwrap();
        let module = cache.path().join("mod/example.com/!big@v1.0.0");
        #[expect(clippy::disallowed_methods, reason = "a folder of the test's own")]
        std::fs::create_dir_all(&module).unwrap();
        let shelf = ModuleCache::new(cache.path().join("mod"));
        let tree = shelf.find("example.com/Big", "v1.0.0").unwrap();
        assert!(tree.list(&SourcePath::root()).unwrap().entries.is_empty());
        assert!(shelf.find("example.com/big", "v1.0.0").is_none());
        for (path, version) in [
            ("../mod/example.com/Big", "v1.0.0"),
            ("/example.com/Big", "v1.0.0"),
            ("example.com", "/../Big@v1.0.0"),
            ("", ""),
        ] {
            assert!(shelf.find(path, version).is_none(), "{path} {version}");
        }
    }
}
