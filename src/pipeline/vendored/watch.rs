//! Whether vendored files are still those that were compared, once something is compiled from them.

use std::fmt::Display;

use crate::compile::{Binary, Sources};
use crate::facts::Stamps;
use crate::model::{BuildError, ForeignText, Phase, SourcePath};
use crate::ports::SourceTree;

use super::folder::VendorFolder;

/// The states of all vendored files before the first of them was compared.
#[derive(Debug)]
pub(in crate::pipeline) struct VendorWatch {
    folder: SourcePath,
    found: VendorFolder,
    stamps: Stamps,
}

impl VendorWatch {
    /// Notes the states of the files that were `found` in a vendor folder.
    pub(super) fn begin(tree: &dyn SourceTree, folder: &SourcePath, found: &VendorFolder) -> Self {
        // What cannot be read is none that a compiler may read later.
        let stamped = found
            .entries
            .keys()
            .filter_map(|path| Some((path.clone(), tree.open_stamped(path).ok()?.0)));
        Self {
            folder: folder.clone(),
            found: found.clone(),
            stamps: stamped.collect(),
        }
    }

    /// Hands on a program that was compiled from the files that were compared.
    ///
    /// # Errors
    /// When one of them was changed since, or is new.
    pub(in crate::pipeline) fn unchanged(
        &self,
        tree: &dyn SourceTree,
        binary: Binary,
    ) -> Result<Binary, BuildError> {
        match self.change(tree, &binary.sources) {
            None => Ok(binary),
            Some(path) => Err(changed_meanwhile(&binary, &path)),
        }
    }

    /// Holds that vendored files were read, in the states `read`, as they were compared.
    ///
    /// # Errors
    /// When one of them was changed in between.
    pub(super) fn hold(&self, read: &Stamps) -> Result<(), BuildError> {
        let mut vendored = read
            .iter()
            .filter(|(path, _)| path.below(&self.folder).is_some());
        match vendored.find(|(path, stamp)| self.stamps.get(path) != Some(stamp)) {
            None => Ok(()),
            Some((path, _)) => {
                let how = "was changed while it was compared with go.sum";
                Err(changed(&self.folder, path, how))
            }
        }
    }

    /// Returns what is not as it was among what may have been compiled from `sources`.
    fn change(&self, tree: &dyn SourceTree, sources: &Sources) -> Option<SourcePath> {
        let read: Vec<&SourcePath> = match sources {
            Sources::InTree(files) => {
                let vendored = files.iter().filter(|it| it.below(&self.folder).is_some());
                vendored.collect()
            }
            // Which files in the tree were read is not told then: any may have been.
            Sources::Outside(_) => self.stamps.keys().collect(),
        };
        let changed = read.into_iter().find(|path| !self.is_same(tree, path));
        changed.cloned().or_else(|| self.new_or_gone(tree))
    }

    /// Returns what is new in the folder, or gone from it.
    fn new_or_gone(&self, tree: &dyn SourceTree) -> Option<SourcePath> {
        let folder = || self.folder.clone();
        let Ok(now) = VendorFolder::read(tree, &self.folder) else {
            return Some(folder());
        };
        if now == self.found {
            return None;
        }
        let not_in = |other: &VendorFolder, path: &&SourcePath| !other.entries.contains_key(*path);
        let new = now.entries.keys().find(|path| not_in(&self.found, path));
        let mut before = self.found.entries.keys();
        let other = new.or_else(|| before.find(|path| not_in(&now, path)));
        Some(other.cloned().unwrap_or_else(folder))
    }

    fn is_same(&self, tree: &dyn SourceTree, path: &SourcePath) -> bool {
        let now = tree.open_stamped(path).ok().map(|(stamp, _)| stamp);
        now.is_some() && now.as_ref() == self.stamps.get(path)
    }
}

fn changed_meanwhile(binary: &Binary, path: &SourcePath) -> BuildError {
    let how = "was changed after it was compared with go.sum, and before it was compiled";
    changed(&binary.target.platform, path, how)
}

fn changed(target: impl Display, path: &SourcePath, how: &str) -> BuildError {
    let message = format!("{} {how}", ForeignText::new(path.as_str()));
    BuildError::new(Phase::Modules, target, message)
        .hint("find out who changes it while this runs, then run again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{FileStamp, MemoryTree};

    #[test]
    fn what_is_new_or_gone_is_a_change_wherever_else_files_were_read() {
        let before = [("vendor/m/a.go", "a"), ("vendor/m/b.go", "b")];
        let tree = MemoryTree::of_files(&before);
        let folder: SourcePath = "vendor".parse().unwrap();
        let found = VendorFolder::read(&tree, &folder).unwrap();
        let watch = VendorWatch::begin(&tree, &folder, &found);
        let named = |path: &str| Some(path.parse().unwrap());
        let added = tree.clone().file("vendor/m/init.go", "c");
        let gone = MemoryTree::of_files(&before[..1]);
        let odd = tree.clone().not_utf8("vendor/m", "\u{fffd}.go");
        for sources in [
            Sources::Outside("/elsewhere/x.go".into()),
            Sources::InTree([before[0].0.parse().unwrap()].into()),
        ] {
            assert_eq!(watch.change(&tree, &sources), None);
            assert_eq!(watch.change(&added, &sources), named("vendor/m/init.go"));
            assert_eq!(watch.change(&gone, &sources), named("vendor/m/b.go"));
            assert_eq!(watch.change(&odd, &sources), named("vendor"));
            assert!(watch.change(&MemoryTree::default(), &sources).is_some());
        }
    }

    #[test]
    fn what_was_read_in_another_state_or_is_new_is_not_what_was_compared() {
        let tree = MemoryTree::of_files(&[("vendor/m/a.go", "a"), ("main.go", "")]);
        let folder: SourcePath = "vendor".parse().unwrap();
        let found = VendorFolder::read(&tree, &folder).unwrap();
        let watch = VendorWatch::begin(&tree, &folder, &found);
        let stamp = |path: &str| tree.open_stamped(&path.parse().unwrap()).unwrap().0;
        let other = FileStamp {
            changed: (1, 0),
            ..stamp("vendor/m/a.go")
        };
        let holds = |path: &str, stamp| {
            let read = [(path.parse().unwrap(), stamp)].into();
            watch.hold(&read).is_ok()
        };
        assert!(holds("vendor/m/a.go", stamp("vendor/m/a.go")));
        assert!(!holds("vendor/m/a.go", other));
        assert!(!holds("vendor/m/new.go", other));
        assert!(holds("main.go", other));
    }
}
