//! Rules to entries.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::links::{LinkError, Links};
use super::origin::{Origin, PlainFile, nothing_matches, refused, special, unreadable};
use super::{Glob, OwnOutputs, Pick, Walked, walk};
use crate::config::FileRule;
use crate::model::{
    BuildError, Content, Entry, FileCapabilities, FileMode, ImagePath, Owner, SourcePath,
};
use crate::ports::{EntryKind, SourceTree};

/// Something that goes from the source tree into an image.
#[derive(Debug, Clone)]
pub struct CopiedFile {
    /// What it is in the image.
    pub entry: Entry,
    /// Where it is in the tree.
    pub from: SourcePath,
}

/// Returns what `rules` copy from the tree, whose paths are relative to the folder `project`; what
/// coracle itself writes, `own`, is left out of folders and patterns.
///
/// A file goes exactly to the rule's `to`; what is in a folder, or matches a pattern, goes below
/// it. Folders are written by themselves only where they are empty or the rule names an owner, so
/// that those of the base stay as they are; their mode is 0755. Links are kept as they are written.
///
/// # Errors
/// When there is nothing to copy, or something that cannot be: out of the project, unreadable, not
/// UTF-8, a link that would lead nowhere, a socket, FIFO or device.
pub fn copied_files(
    tree: &dyn SourceTree,
    project: &SourcePath,
    rules: &[FileRule],
    own: &OwnOutputs,
) -> Result<Vec<CopiedFile>, BuildError> {
    let mut copied: Vec<CopiedFile> = Vec::new();
    for rule in rules {
        let copy = Copy { tree, rule, own };
        let files = match Origin::find(tree, project, &rule.from)? {
            Origin::File(path, file) => vec![copy.file(&path, rule.to.clone(), file)?],
            Origin::Folder(base) => copy.folder(&base)?,
            Origin::Glob(base, glob) => copy.matches(&base, &glob)?,
        };
        copied.extend(files);
    }
    Ok(without_repeated_folders(copied))
}

/// One rule at work.
struct Copy<'a> {
    tree: &'a dyn SourceTree,
    rule: &'a FileRule,
    own: &'a OwnOutputs,
}

impl Copy<'_> {
    fn folder(&self, base: &SourcePath) -> Result<Vec<CopiedFile>, BuildError> {
        let excludes = self.excludes()?;
        let mut walked = self.walk(base, &|path| {
            if excludes.iter().any(|exclude| exclude.holds(path)) && !path.is_empty() {
                Pick::Leave
            } else {
                Pick::Take
            }
        })?;
        if self.rule.to != ImagePath::root() {
            walked.taken.insert(base.clone(), EntryKind::Folder);
        }
        self.entries(base, &walked.taken)
    }

    fn matches(&self, base: &SourcePath, glob: &Glob) -> Result<Vec<CopiedFile>, BuildError> {
        let excludes = self.excludes()?;
        let walked = self.walk(base, &|path| {
            if excludes.iter().any(|exclude| exclude.holds(path)) {
                Pick::Leave
            } else if glob.holds(path) {
                Pick::Take
            } else if path.is_empty() || glob.may_hold_below(path) {
                Pick::LookInside
            } else {
                Pick::Leave
            }
        })?;
        if walked.taken.is_empty() {
            return Err(nothing_matches(self.tree, base, &self.rule.from));
        }
        self.entries(base, &walked.taken)
    }

    fn excludes(&self) -> Result<Vec<Glob>, BuildError> {
        let patterns = self.rule.exclude.iter();
        patterns
            .map(|pattern| {
                Glob::parse(pattern.as_str()).map_err(|error| {
                    refused(&self.rule.from, format!("{pattern:?} is no pattern")).because(error)
                })
            })
            .collect()
    }

    fn walk(&self, base: &SourcePath, pick: &dyn Fn(&str) -> Pick) -> Result<Walked, BuildError> {
        let left = RefCell::new(BTreeSet::new());
        let pick = |relative: &str| {
            let path = base.join(relative).unwrap_or_default();
            if !self.own.hold(base, &path) {
                return pick(relative);
            }
            left.borrow_mut().extend(path.parent());
            Pick::Leave
        };
        let mut walked =
            walk(self.tree, base, &pick).map_err(|error| unreadable(base).because(error))?;
        for folder in left.into_inner() {
            without_emptied(&mut walked.taken, base, folder);
        }
        match walked.not_utf8.first() {
            Some(name) => Err(
                refused(&self.rule.from, format!("the name {name:?} is not UTF-8"))
                    .hint("rename the file"),
            ),
            None => Ok(walked),
        }
    }

    fn entries(
        &self,
        base: &SourcePath,
        taken: &BTreeMap<SourcePath, EntryKind>,
    ) -> Result<Vec<CopiedFile>, BuildError> {
        let links = Links::new(base, taken);
        let mut copied = Vec::new();
        for (path, kind) in taken {
            let to = self.to(path, path.below(base).unwrap_or_default())?;
            match kind {
                &EntryKind::File {
                    size_bytes,
                    executable,
                } => {
                    let file = PlainFile {
                        size_bytes,
                        executable,
                    };
                    copied.push(self.file(path, to, file)?);
                }
                EntryKind::Folder if links.passes(path) && !self.names_an_owner() => {}
                EntryKind::Folder => {
                    copied.push(self.copied(path, to, FileMode::EXECUTABLE, Content::Folder));
                }
                EntryKind::Symlink(target) => {
                    links
                        .check(path, target)
                        .map_err(|error| bad_link(&error))?;
                    let content = Content::Symlink(target.clone());
                    copied.push(self.copied(path, to, FileMode::LINK, content));
                }
                EntryKind::Special(kind) => return Err(special(path, kind)),
            }
        }
        Ok(copied)
    }

    /// Opens the file, so that one which cannot be read is known before anything is compiled.
    fn file(
        &self,
        path: &SourcePath,
        to: ImagePath,
        file: PlainFile,
    ) -> Result<CopiedFile, BuildError> {
        if to == ImagePath::root() {
            let name = path.file_name();
            return Err(refused(
                path,
                "it is to be at /, which is a folder, in place of all that is in it",
            )
            .hint(format!("name the file too: to = \"/{name}\"")));
        }
        let source = self
            .tree
            .open(path)
            .map_err(|error| unreadable(path).because(error))?;
        let mode = self.rule.mode.unwrap_or(if file.executable {
            FileMode::EXECUTABLE
        } else {
            FileMode::PLAIN
        });
        let content = Content::File {
            size_bytes: file.size_bytes,
            source,
        };
        Ok(self.copied(path, to, mode, content))
    }

    fn to(&self, from: &SourcePath, relative: &str) -> Result<ImagePath, BuildError> {
        if relative.is_empty() {
            return Ok(self.rule.to.clone());
        }
        let to = self.rule.to.join(relative);
        to.map_err(|error| {
            refused(from, "the name cannot be in an image")
                .because(error)
                .hint("rename it, or leave it out with exclude")
        })
    }

    fn names_an_owner(&self) -> bool {
        self.rule.uid.is_some() || self.rule.gid.is_some()
    }

    fn copied(
        &self,
        from: &SourcePath,
        to: ImagePath,
        mode: FileMode,
        content: Content,
    ) -> CopiedFile {
        CopiedFile {
            entry: Entry {
                path: to,
                mode,
                owner: Owner {
                    uid: self.rule.uid.unwrap_or(Owner::ROOT.uid),
                    gid: self.rule.gid.unwrap_or(Owner::ROOT.gid),
                },
                capabilities: FileCapabilities::default(),
                content,
            },
            from: from.clone(),
        }
    }
}

/// A folder that holds nothing but what coracle wrote was made for it.
fn without_emptied(
    taken: &mut BTreeMap<SourcePath, EntryKind>,
    base: &SourcePath,
    mut folder: SourcePath,
) {
    while folder != *base
        && !taken
            .keys()
            .any(|path| *path != folder && path.below(&folder).is_some())
        && taken.remove(&folder).is_some()
    {
        folder = folder.parent().unwrap_or_default();
    }
}

/// Two rules may make the same folder; that is no clash.
fn without_repeated_folders(copied: Vec<CopiedFile>) -> Vec<CopiedFile> {
    let mut folders = BTreeSet::new();
    let is_new = |file: &CopiedFile| {
        let entry = &file.entry;
        !matches!(entry.content, Content::Folder)
            || folders.insert((entry.path.clone(), entry.owner))
    };
    copied.into_iter().filter(is_new).collect()
}

fn bad_link(error: &LinkError) -> BuildError {
    let hint = match error {
        LinkError::Absolute(_) => "make it relative, or leave it out with exclude",
        LinkError::Outside(_) | LinkError::Circle(_) => "leave it out with exclude",
        LinkError::NotCopied { .. } => {
            "copy the folder that holds both, or leave the link out with exclude"
        }
    };
    refused(error.link(), error).hint(hint)
}

#[cfg(test)]
mod tests;
