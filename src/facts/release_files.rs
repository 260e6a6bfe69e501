//! The files that go into an archive beside a program.

use std::path::Path;

use super::files::{CopiedFile, OwnOutputs, copied_files};
use crate::config::FileRule;
use crate::model::{BuildError, ExitCode, ImagePath, Phase, SourcePath};
use crate::ports::{EntryKind, SourceTree, SourceTreeError};

/// How the names of files begin that whoever takes a program should have, in upper case.
const STEMS: [&str; 5] = ["README", "LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// Returns what goes into archives: what `named` means, from the folder `project`, or else the files
/// there that whoever takes a program should have. Each keeps its place in the folder.
///
/// # Errors
/// When something that is named is not there, or cannot be copied.
pub fn release_files(
    tree: &dyn SourceTree,
    project: &SourcePath,
    named: Option<&[SourcePath]>,
    own: &OwnOutputs,
) -> Result<Vec<CopiedFile>, BuildError> {
    let usual = || {
        usual_files(tree, project).map_err(|error| {
            BuildError::new(Phase::Facts, project, "cannot look for README and LICENSE")
                .exit(ExitCode::Refused)
                .because(error)
        })
    };
    let named = named.map_or_else(usual, |named| Ok(named.to_vec()))?;
    let rules: Result<Vec<FileRule>, BuildError> = named.iter().map(rule).collect();
    copied_files(tree, project, &rules?, own)
}

fn usual_files(
    tree: &dyn SourceTree,
    project: &SourcePath,
) -> Result<Vec<SourcePath>, SourceTreeError> {
    let listing = tree.list(project)?;
    let usual = listing.entries.iter().filter(|entry| {
        let name = entry.path.file_name().to_ascii_uppercase();
        // A stem may be the beginning of another word: `licenses.go` is none of them.
        let is_stem = STEMS.iter().any(|stem| {
            let rest = name.strip_prefix(stem);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
        });
        is_stem && !is_go(&entry.path) && is_file(tree, &entry.path, &entry.kind)
    });
    Ok(usual
        .filter_map(|entry| entry.path.file_name().parse().ok())
        .collect())
}

fn is_go(path: &SourcePath) -> bool {
    Path::new(path.file_name()).extension() == Some("go".as_ref())
}

fn is_file(tree: &dyn SourceTree, path: &SourcePath, kind: &EntryKind) -> bool {
    match kind {
        EntryKind::File { .. } => true,
        // A link to the licence of the repository, as some monorepos have it.
        EntryKind::Symlink(_) => tree.open(path).is_ok(),
        EntryKind::Folder | EntryKind::Special(_) => false,
    }
}

/// What lies in a folder of the project lies in the same folder of the archive.
fn rule(from: &SourcePath) -> Result<FileRule, BuildError> {
    let rule = FileRule {
        from: from.clone(),
        to: ImagePath::root(),
        exclude: Vec::new(),
        mode: None,
        uid: None,
        gid: None,
    };
    let base = rule.base();
    let to = if base == SourcePath::root() {
        Ok(ImagePath::root())
    } else {
        ImagePath::root().join(base.as_str())
    };
    let to = to.map_err(|error| {
        BuildError::new(Phase::Plan, from, "no file of an archive can be named so").because(error)
    })?;
    Ok(FileRule { to, ..rule })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    fn names(tree: &MemoryTree, named: Option<&[&str]>) -> Result<Vec<String>, BuildError> {
        let named: Option<Vec<SourcePath>> =
            named.map(|named| named.iter().map(|name| name.parse().unwrap()).collect());
        let own = OwnOutputs::default();
        let files = release_files(tree, &SourcePath::root(), named.as_deref(), &own)?;
        Ok(files
            .iter()
            .map(|file| file.entry.path.to_string())
            .collect())
    }

    fn tree() -> MemoryTree {
        MemoryTree::of_files(&[
            ("README.md", ""),
            ("LICENSE", ""),
            ("licence-apache.txt", ""),
            ("NOTICE", ""),
            ("readme.go", ""),
            ("licenses.txt", ""),
            ("main.go", ""),
            ("docs/README.md", ""),
            ("docs/manual.md", ""),
        ])
    }

    #[test]
    fn without_a_word_it_is_what_whoever_takes_a_program_should_have() {
        assert_eq!(
            names(&tree(), None).unwrap(),
            ["/LICENSE", "/NOTICE", "/README.md", "/licence-apache.txt"]
        );
        assert!(
            names(&MemoryTree::of_files(&[("main.go", "")]), None)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_is_named_keeps_its_place_and_must_be_there() {
        assert_eq!(
            names(&tree(), Some(&["README*", "docs/manual.md"])).unwrap(),
            ["/README.md", "/docs/manual.md"]
        );
        assert_eq!(
            names(&tree(), Some(&["docs/*.md"])).unwrap(),
            ["/docs/README.md", "/docs/manual.md"]
        );
        assert!(names(&tree(), Some(&["CHANGELOG*"])).is_err());
        assert!(names(&tree(), Some(&["CHANGELOG.md"])).is_err());
    }
}
