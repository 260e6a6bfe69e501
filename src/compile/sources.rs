//! The files that the compiler reads for a program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::model::SourcePath;

/// What a program is compiled from, by the word of the go command; what the standard library and
/// the module cache hold is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// These files, all of them in the source tree.
    InTree(BTreeSet<SourcePath>),
    /// This file among others lies neither in the tree nor in the module cache.
    Outside(PathBuf),
}

impl Sources {
    /// Sorts `files`, absolute paths all of them, by where they lie.
    pub fn of<'a>(
        files: impl IntoIterator<Item = PathBuf>,
        source_root: &'a Path,
        module_cache: &'a Path,
    ) -> Self {
        let mut in_tree = BTreeSet::new();
        for file in files {
            if file.starts_with(module_cache) {
                continue;
            }
            let relative = file.strip_prefix(source_root).ok();
            match relative.and_then(|path| path.to_str()?.parse().ok()) {
                Some(path) => in_tree.insert(path),
                None => return Self::Outside(file),
            };
        }
        Self::InTree(in_tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[&str]) -> Sources {
        Sources::of(
            files.iter().map(PathBuf::from),
            Path::new("/src/app"),
            Path::new("/src/app/.mod"),
        )
    }

    #[test]
    fn modules_of_the_cache_are_not_told() {
        let found = sources(&["/src/app/a/b.go", "/src/app/.mod/x@v1/x.go"]);
        assert_eq!(found, Sources::InTree(["a/b.go".parse().unwrap()].into()));
    }

    #[test]
    fn what_lies_elsewhere_is_told_before_all_else() {
        let found = sources(&["/src/app/a/b.go", "/src/lib/x.go"]);
        assert_eq!(found, Sources::Outside("/src/lib/x.go".into()));
    }
}
