//! Where the go command keeps modules, "The module cache" in Go's reference.

use std::path::{Path, PathBuf};

use super::escape_module;

/// Where a module cache keeps a version of a module.
///
/// ```
/// # use std::path::Path;
/// # use coracle::toolchain::ModulePlace;
/// let place = ModulePlace::in_cache(Path::new("/mod"), "example.com/Big", "v1.0.0").unwrap();
/// assert_eq!(place.folder, Path::new("/mod/example.com/!big@v1.0.0"));
/// assert!(ModulePlace::in_cache(Path::new("/mod"), "../etc", "v1.0.0").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulePlace {
    /// Its unpacked files.
    pub folder: PathBuf,
    /// Its zip.
    pub zip: PathBuf,
    /// What its zip hashed to when it came.
    pub hash: PathBuf,
    /// What is there while the folder is being filled.
    pub partial: PathBuf,
}

impl ModulePlace {
    /// Returns where the module `path` is at `version` in a module cache, or would be; `None` where
    /// these name no module.
    pub fn in_cache(module_cache: &Path, path: &str, version: &str) -> Option<Self> {
        let (path, version) = (escape_module(path), escape_module(version));
        let name = format!("{path}@{version}");
        // Programs of anybody name modules: the name must not lead elsewhere.
        let is_plain = |element: &str| !matches!(element, "" | "." | "..");
        if !name.split('/').all(is_plain) || version.contains('/') || name.contains('\0') {
            return None;
        }
        let downloads = module_cache.join("cache/download").join(path).join("@v");
        let at = |end: &str| downloads.join(format!("{version}.{end}"));
        Some(Self {
            folder: module_cache.join(name),
            zip: at("zip"),
            hash: at("ziphash"),
            partial: at("partial"),
        })
    }
}
