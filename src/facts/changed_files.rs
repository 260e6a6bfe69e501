//! What differs from an earlier commit.

use super::history::{History, refused, text};
use super::named_commit::{commit_of, fetch, with_checkout};
use crate::model::{BuildError, Phase, SourcePath};
use crate::ports::{Git, GitAnswer};

/// The files that a change consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFiles {
    /// The commit that they are compared with.
    pub base: String,
    /// Files in the tree that are not as they were then, those that are gone among them; of a repository within
    /// the repository its folder.
    pub files: Vec<SourcePath>,
}

/// Returns what differs between the commit where HEAD left `since` and the files as they are now, also where it is
/// not committed. What git ignores is no file.
///
/// # Errors
/// When there is no such commit, HEAD has nothing in common with it as far as can be seen, or git cannot answer.
pub fn changed_files(git: &dyn Git, since: &str) -> Result<ChangedFiles, BuildError> {
    let history = History { git };
    let base = merge_base(&history, since)?;
    // A file that was moved is one that is gone, and another that is new.
    let differing = history.paths(&[
        "diff",
        "--name-only",
        "--no-renames",
        "--no-ext-diff",
        "--ignore-submodules=none",
        "-z",
        &base,
        "--",
    ])?;
    let mut files: Vec<SourcePath> = differing.into_iter().chain(history.untracked()?).collect();
    files.sort();
    files.dedup();
    Ok(ChangedFiles { base, files })
}

fn merge_base(history: &History<'_>, since: &str) -> Result<String, BuildError> {
    let commit = commit_of(history, since)?;
    match history.ask(&["merge-base", &commit, "HEAD"])? {
        GitAnswer::Said(id) => Ok(text(&id).lines().next().unwrap_or_default().to_owned()),
        GitAnswer::Failed(talk) if !talk.trim().is_empty() => Err(refused(&talk)),
        GitAnswer::Failed(_) if history.is_shallow()? => {
            let message =
                "this is a shallow clone, in which the commit where HEAD left it cannot be seen";
            let fetch = fetch(history, since)?;
            Err(with_checkout(
                BuildError::new(Phase::Facts, since, message)
                    .hint(format!("fetch the history: {fetch}")),
            ))
        }
        GitAnswer::Failed(_) => {
            let message = "HEAD and it have no commit in common";
            Err(BuildError::new(Phase::Facts, since, message)
                .hint("name a commit that HEAD comes from, as in: --since main"))
        }
    }
}
