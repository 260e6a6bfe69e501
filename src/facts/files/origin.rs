//! What the `from` of a rule means in the source tree.

use super::glob::{Glob, split_at_wildcard};
use crate::config::nearest;
use crate::model::{BuildError, Phase, SourcePath};
use crate::ports::{EntryKind, SourceEntry, SourceTree, SourceTreeError};

/// What is known of a file without opening it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainFile {
    pub(super) size_bytes: u64,
    pub(super) executable: bool,
}

/// What a rule copies from.
#[derive(Debug)]
pub(super) enum Origin {
    /// One file, with links to it followed.
    File(SourcePath, PlainFile),
    /// All that is in a folder.
    Folder(SourcePath),
    /// What matches, from the folder where the pattern starts.
    Glob(SourcePath, Box<Glob>),
}

impl Origin {
    /// Finds out what `from` means: what is there goes before what could be a pattern.
    pub(super) fn find(
        tree: &dyn SourceTree,
        project: &SourcePath,
        from: &SourcePath,
    ) -> Result<Self, BuildError> {
        let path = below(project, from.as_str());
        let entry = match behind_links(tree, &path) {
            Ok(entry) => entry,
            Err(SourceTreeError::Missing(_)) => {
                return match split_at_wildcard(from.as_str()) {
                    Some((folder, pattern)) => {
                        Self::glob(tree, &below(project, folder), from, pattern)
                    }
                    None => Err(missing(tree, project, from)),
                };
            }
            Err(error) => return Err(unreadable(&path).because(error)),
        };
        match entry.kind {
            EntryKind::File {
                size_bytes,
                executable,
            } => {
                let file = PlainFile {
                    size_bytes,
                    executable,
                };
                Ok(Self::File(entry.path, file))
            }
            EntryKind::Folder => Ok(Self::Folder(entry.path)),
            EntryKind::Special(kind) => Err(special(&path, kind)),
            EntryKind::Symlink(_) => Err(refused(&path, "the link leads in a circle")),
        }
    }

    fn glob(
        tree: &dyn SourceTree,
        base: &SourcePath,
        from: &SourcePath,
        pattern: &str,
    ) -> Result<Self, BuildError> {
        let glob = Glob::parse(pattern).map_err(|error| {
            refused(
                from,
                "there is no such file, and this is no pattern of file names",
            )
            .because(error.kind().to_string())
            .hint("write a character that means itself in brackets, as in \"[[]id[]].js\"")
        })?;
        match tree.list(base) {
            Ok(_) => Ok(Self::Glob(base.clone(), Box::new(glob))),
            Err(error) => Err(unreadable(base).because(error)),
        }
    }
}

/// Says that nothing matches, and what there is instead.
pub(super) fn nothing_matches(
    tree: &dyn SourceTree,
    base: &SourcePath,
    from: &SourcePath,
) -> BuildError {
    let error = refused(from, "nothing matches the pattern");
    with_names(error, tree, base, "")
}

/// Says that what is at `path` cannot be copied.
pub(super) fn refused(path: &SourcePath, message: impl std::fmt::Display) -> BuildError {
    BuildError::new(Phase::Facts, path, message)
}

/// Says that what is at `path` cannot be read.
pub(super) fn unreadable(path: &SourcePath) -> BuildError {
    refused(path, "cannot read what is to be copied")
}

/// Says that something of this `kind` cannot be copied.
pub(super) fn special(path: &SourcePath, kind: &str) -> BuildError {
    refused(path, format!("a {kind} cannot be copied into an image"))
        .hint("leave it out with exclude")
}

fn missing(tree: &dyn SourceTree, project: &SourcePath, from: &SourcePath) -> BuildError {
    let error = refused(from, "there is no such file to be copied");
    let path = below(project, from.as_str());
    let mut child = path.clone();
    while let Some(folder) = child.parent() {
        if tree.list(&folder).is_ok() {
            return with_names(error, tree, &folder, child.file_name());
        }
        child = folder;
    }
    error
}

/// Hints at the name in `folder` that is nearest to `wanted`, or at what names there are.
fn with_names(
    error: BuildError,
    tree: &dyn SourceTree,
    folder: &SourcePath,
    wanted: &str,
) -> BuildError {
    const SHOWN: usize = 8;
    let entries = tree.list(folder).unwrap_or_default().entries;
    let names: Vec<&str> = entries.iter().map(|entry| entry.path.file_name()).collect();
    if let Some(name) = nearest(wanted, names.iter().copied()) {
        return error.hint(format!("is {} meant?", below(folder, name)));
    }
    let more = if names.len() > SHOWN { ", …" } else { "" };
    match names.as_slice() {
        [] => error.hint(format!("{folder} is empty")),
        names => error.hint(format!(
            "{folder} has {}{more}",
            names[..names.len().min(SHOWN)].join(", ")
        )),
    }
}

/// Returns what a path leads to once links at its end are followed; a link where they never end.
fn behind_links(tree: &dyn SourceTree, path: &SourcePath) -> Result<SourceEntry, SourceTreeError> {
    const LINK_LIMIT: usize = 40;
    let mut entry = tree.entry(path)?;
    for _ in 0..LINK_LIMIT {
        let EntryKind::Symlink(target) = &entry.kind else {
            break;
        };
        let folder = entry.path.parent().unwrap_or_default();
        let target = folder
            .join(target)
            .map_err(|_| SourceTreeError::Outside(path.clone()))?;
        entry = tree.entry(&target)?;
    }
    Ok(entry)
}

/// Joins what the type of `relative` keeps from leading out.
fn below(folder: &SourcePath, relative: &str) -> SourcePath {
    folder.join(relative).unwrap_or_default()
}
