//! What lies in a vendor folder, by name.

use std::collections::BTreeMap;

use crate::model::SourcePath;
use crate::ports::{EntryKind, SourceTree, SourceTreeError};

/// All that is in a vendor folder but folders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct VendorFolder {
    /// What can be named.
    pub(super) entries: BTreeMap<SourcePath, Form>,
    /// Names that are not UTF-8, each with its folder: no module has them.
    pub(super) unnamed: Vec<String>,
}

/// What something in a vendor folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A plain file.
    File,
    /// A link: the go command follows it where it looks for packages, and where it reads files.
    Link,
    /// Neither.
    Other,
}

impl VendorFolder {
    /// Lists the folder, and follows no link in it.
    ///
    /// # Errors
    /// When a folder in it cannot be read.
    pub(super) fn read(
        tree: &dyn SourceTree,
        folder: &SourcePath,
    ) -> Result<Self, SourceTreeError> {
        let mut found = Self::default();
        let mut folders = vec![folder.clone()];
        while let Some(folder) = folders.pop() {
            let listing = tree.list(&folder)?;
            let unnamed = listing.not_utf8.iter();
            let unnamed = unnamed.map(|name| format!("{folder}/{name}"));
            found.unnamed.extend(unnamed);
            for entry in listing.entries {
                let form = match entry.kind {
                    EntryKind::Folder => {
                        folders.push(entry.path);
                        continue;
                    }
                    EntryKind::File { .. } => Form::File,
                    EntryKind::Symlink(_) => Form::Link,
                    EntryKind::Special(_) => Form::Other,
                };
                found.entries.insert(entry.path, form);
            }
        }
        found.unnamed.sort();
        Ok(found)
    }
}
