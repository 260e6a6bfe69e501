//! A commit that somebody names.

use super::history::{History, refused, text};
use crate::model::{BuildError, Phase};
use crate::ports::GitAnswer;

/// The longest name of a commit, which is one with SHA-256.
const ID_DIGITS: [usize; 2] = [40, 64];

/// Returns the commit that `name` means: a branch, a tag or a commit. Nothing in it is an option.
///
/// # Errors
/// When there is none, or git cannot answer.
pub(super) fn commit_of(history: &History<'_>, name: &str) -> Result<String, BuildError> {
    let commit = format!("{name}^{{commit}}");
    match history.ask(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &commit,
    ])? {
        GitAnswer::Said(id) => Ok(text(&id)),
        GitAnswer::Failed(talk) if talk.trim().is_empty() => Err(unknown(history, name)?),
        GitAnswer::Failed(talk) => Err(refused(&talk)),
    }
}

fn unknown(history: &History<'_>, name: &str) -> Result<BuildError, BuildError> {
    let error = BuildError::new(Phase::Facts, name, "there is no such commit here")
        .hint("name a branch, a tag or a commit, as in: --since main");
    let fetch = fetch(history, name)?;
    Ok(with_checkout(
        error.hint(format!("a clone of a CI may not have it: {fetch}")),
    ))
}

/// Returns the command that fetches what `name` means, and the history that leads to it.
pub(super) fn fetch(history: &History<'_>, name: &str) -> Result<String, BuildError> {
    let depth = if history.is_shallow()? {
        " --unshallow"
    } else {
        ""
    };
    Ok(match refspec(name) {
        Some(refspec) => format!("git fetch{depth} origin {refspec}"),
        None => format!("git fetch{depth} origin"),
    })
}

/// Names the settings of CI systems that fetch all of the history.
pub(super) fn with_checkout(error: BuildError) -> BuildError {
    error
        .hint("in GitHub's checkout action, set fetch-depth: 0; in GitLab's jobs, GIT_DEPTH: \"0\"")
}

/// Returns what to ask of `origin` so that `name` means something here; nothing where that cannot be told.
fn refspec(name: &str) -> Option<String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._/-".contains(&b);
    if name.is_empty() || name.starts_with('-') || !name.bytes().all(is_plain) || name == "HEAD" {
        return None;
    }
    if ID_DIGITS.contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(name.to_owned());
    }
    Some(match name.strip_prefix("origin/") {
        Some(branch) => format!("{branch}:refs/remotes/origin/{branch}"),
        None => format!("{name}:{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_here_is_fetched_by_its_name() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        for (name, expected) in [
            ("main", Some("main:main")),
            ("origin/main", Some("main:refs/remotes/origin/main")),
            (id, Some(id)),
            ("HEAD~3", None),
            ("--upload-pack=x", None),
            ("a b", None),
        ] {
            assert_eq!(refspec(name).as_deref(), expected, "{name}");
        }
    }
}
