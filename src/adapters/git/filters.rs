//! Filters: programs that git runs on the content of files.
//!
//! Those of the user's own configuration, as Git LFS has it, are trusted. Those that a repository's
//! configuration names came with it, in an archive or from a shared disk.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::GitProgram;
use crate::ports::{GitAnswer, GitError};

/// How deep repositories may lie within each other.
const MAX_DEPTH: usize = 16;
/// The mode of a repository within a repository, in `git ls-files --stage`.
const REPOSITORY_MODE: &[u8] = b"160000 ";

/// Returns the settings that switch off all filters that the repository names, and those that
/// repositories within it name: git looks whether these are changed, too.
pub(super) fn switched_off(git: &GitProgram) -> Result<Vec<String>, GitError> {
    let mut names = BTreeSet::new();
    collect(git, &git.folder, MAX_DEPTH, &mut names)?;
    let settings = names.iter().flat_map(|name| {
        ["clean=", "smudge=", "process=", "required=false"]
            .map(|setting| format!("filter.{name}.{setting}"))
    });
    Ok(settings.collect())
}

fn collect(
    git: &GitProgram,
    folder: &Path,
    depth: usize,
    names: &mut BTreeSet<String>,
) -> Result<(), GitError> {
    for scope in ["--local", "--worktree"] {
        let arguments = ["--includes", "-z", "--get-regexp", r"^filter\..*\."];
        let arguments = [&["config", scope], &arguments[..]].concat();
        // What a repository that cannot be read says, the question proper gets told too.
        if let GitAnswer::Said(said) = git.ask(folder, &[], &arguments)? {
            for name in said.split(|&byte| byte == 0).filter_map(name) {
                names.insert(name?);
            }
        }
    }
    if depth == 0 {
        return Ok(());
    }
    for within in repositories_in(git, folder)? {
        collect(git, &within, depth - 1, names)?;
    }
    Ok(())
}

/// Takes the name out of `filter.NAME.KEY`, a line feed and the value.
fn name(entry: &[u8]) -> Option<Result<String, GitError>> {
    let key = entry.split(|&byte| byte == b'\n').next()?;
    let key = String::from_utf8_lossy(key);
    let (name, _) = key.strip_prefix("filter.")?.rsplit_once('.')?;
    // `git -c` ends a name there.
    if name.contains(['=', char::REPLACEMENT_CHARACTER]) {
        let error =
            format!("its configuration names the filter {name:?}, which cannot be switched off");
        return Some(Err(GitError::Io(io::Error::other(error))));
    }
    Some(Ok(name.to_owned()))
}

fn repositories_in(git: &GitProgram, folder: &Path) -> Result<Vec<PathBuf>, GitError> {
    let GitAnswer::Said(said) = git.ask(folder, &[], &["ls-files", "--stage", "-z"])? else {
        return Ok(Vec::new());
    };
    let entries = said.split(|&byte| byte == 0);
    let paths = entries
        .filter(|entry| entry.starts_with(REPOSITORY_MODE))
        .filter_map(|entry| entry.split(|&byte| byte == b'\t').nth(1));
    Ok(paths
        .map(|path| folder.join(OsStr::from_bytes(path)))
        .filter(|path| path.join(".git").exists())
        .collect())
}
