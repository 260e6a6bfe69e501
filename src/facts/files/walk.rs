//! Going through a folder and picking.

use std::collections::BTreeMap;

use crate::model::SourcePath;
use crate::ports::{EntryKind, SourceTree, SourceTreeError};

/// What to do with something in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) enum Pick {
    /// It is wanted.
    Take,
    /// Something below it may be.
    LookInside,
    /// Neither it is, nor anything below.
    Leave,
}

/// What was picked.
#[derive(Debug, Default)]
pub(in crate::facts) struct Walked {
    /// What was taken, by its path in the tree.
    pub(in crate::facts) taken: BTreeMap<SourcePath, EntryKind>,
    /// Names that are not UTF-8 in folders that were taken, below their folder.
    pub(in crate::facts) not_utf8: Vec<String>,
    /// What is called `.git`, and is never taken.
    pub(in crate::facts) git: Vec<SourcePath>,
}

/// Goes through the folder `base`; `pick` judges each path, relative to `base`.
pub(in crate::facts) fn walk(
    tree: &dyn SourceTree,
    base: &SourcePath,
    pick: &dyn Fn(&str) -> Pick,
) -> Result<Walked, SourceTreeError> {
    let mut walked = Walked::default();
    let mut folders = vec![(base.clone(), pick(""))];
    while let Some((folder, picked)) = folders.pop() {
        let listing = tree.list(&folder)?;
        if picked == Pick::Take {
            let names = listing.not_utf8.iter();
            walked
                .not_utf8
                .extend(names.map(|name| format!("{folder}/{name}")));
        }
        for entry in listing.entries {
            if entry.path.file_name() == ".git" {
                walked.git.push(entry.path);
                continue;
            }
            let picked = pick(entry.path.below(base).unwrap_or_default());
            if picked != Pick::Leave && entry.kind == EntryKind::Folder {
                folders.push((entry.path.clone(), picked));
            }
            if picked == Pick::Take {
                walked.taken.insert(entry.path, entry.kind);
            }
        }
    }
    Ok(walked)
}
