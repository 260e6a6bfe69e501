//! Whether vendored files are still those that were compared, once something is compiled from them.

use std::collections::BTreeSet;

use crate::compile::{Binary, Sources};
use crate::facts::Stamps;
use crate::model::{BuildError, ForeignText, Phase, SourcePath};
use crate::ports::SourceTree;

/// The states of all vendored files before the first of them was compared.
#[derive(Debug)]
pub(super) struct VendorWatch {
    folder: SourcePath,
    stamps: Stamps,
}

impl VendorWatch {
    /// Notes the states of the files `paths` of a vendor folder.
    pub(super) fn begin(
        tree: &dyn SourceTree,
        folder: &SourcePath,
        paths: &BTreeSet<SourcePath>,
    ) -> Self {
        // What cannot be read is none that a compiler may read later.
        let stamped = paths
            .iter()
            .filter_map(|path| Some((path.clone(), tree.open_stamped(path).ok()?.0)));
        Self {
            folder: folder.clone(),
            stamps: stamped.collect(),
        }
    }

    /// Hands on a program that was compiled from the files that were compared.
    ///
    /// # Errors
    /// When one of them was changed since, or is new.
    pub(super) fn unchanged(
        &self,
        tree: &dyn SourceTree,
        binary: Binary,
    ) -> Result<Binary, BuildError> {
        let changed = match &binary.sources {
            Sources::InTree(files) => {
                let mut vendored = files.iter().filter(|it| it.below(&self.folder).is_some());
                vendored.find(|path| !self.is_same(tree, path))
            }
            Sources::Outside(_) => self.stamps.keys().find(|path| !self.is_same(tree, path)),
        };
        match changed {
            None => Ok(binary),
            Some(path) => Err(changed_meanwhile(&binary, path)),
        }
    }

    fn is_same(&self, tree: &dyn SourceTree, path: &SourcePath) -> bool {
        let now = tree.open_stamped(path).ok().map(|(stamp, _)| stamp);
        now.is_some() && now.as_ref() == self.stamps.get(path)
    }
}

fn changed_meanwhile(binary: &Binary, path: &SourcePath) -> BuildError {
    let message = format!(
        "{} was changed after it was compared with go.sum, and before it was compiled",
        ForeignText::new(path.as_str())
    );
    BuildError::new(Phase::Modules, binary.target.platform.to_string(), message)
        .hint("find out who changes it while this runs, then run again")
}
