//! What is built, in the words of its history.

use crate::model::{SourcePath, Timestamp};

/// The state of the history that the source is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revision {
    /// There is no git repository, or one without a commit: version dev, commit none, date unknown.
    None,
    /// A commit, perhaps with changes on top.
    Commit(Commit),
}

/// A commit of git, as the source sits on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// `git describe --tags --always --dirty`.
    pub version: String,
    /// The object name in full.
    pub id: String,
    /// The first twelve digits of it.
    pub short: String,
    /// The branch; a detached HEAD is on none.
    pub branch: Option<String>,
    /// When it was committed.
    pub time: Timestamp,
    /// Where the source can be had by others: the address of `origin` for a browser.
    pub origin: Option<String>,
    /// Files in the tree that git neither keeps nor ignores.
    pub untracked: Vec<SourcePath>,
}

impl Revision {
    /// Returns the version, dirty also when `untracked_inputs` says that a file which git does not
    /// keep goes into the image.
    pub fn version(&self, untracked_inputs: &[SourcePath]) -> String {
        match self {
            Self::None => "dev".to_owned(),
            Self::Commit(commit)
                if untracked_inputs.is_empty() || commit.version.ends_with(DIRTY) =>
            {
                commit.version.clone()
            }
            Self::Commit(commit) => format!("{}{DIRTY}", commit.version),
        }
    }

    /// Returns the commit's object name.
    pub fn commit(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Commit(commit) => &commit.id,
        }
    }

    /// Returns the abbreviated object name.
    pub fn short(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Commit(commit) => &commit.short,
        }
    }

    /// Returns the branch.
    pub fn branch(&self) -> &str {
        match self {
            Self::Commit(Commit {
                branch: Some(branch),
                ..
            }) => branch,
            _ => "unknown",
        }
    }

    /// Returns when the commit was made.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Commit(commit) => Some(commit.time),
        }
    }

    /// Returns where the source can be had by others.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Commit(commit) => commit.origin.as_deref(),
        }
    }
}

/// What git appends to a version of which files are changed.
pub(super) const DIRTY: &str = "-dirty";
