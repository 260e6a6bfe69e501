//! The history of the source, through the git program.

use crate::model::Roots;

/// Runs git in the project, harmlessly: `core.fsmonitor` and other ways by which a repository
/// starts programs are off.
pub trait Git: Sync {
    /// Returns where the repository lies beside the source tree.
    fn roots(&self) -> &Roots;

    /// Runs `git ARGUMENTS` in the repository's root and returns what it said.
    ///
    /// # Errors
    /// When there is no git program, or it cannot be started.
    fn run(&self, arguments: &[&str]) -> Result<GitAnswer, GitError>;
}

/// What git answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitAnswer {
    /// It succeeded, with this on stdout.
    Said(Vec<u8>),
    /// It failed, with this on stderr.
    Failed(String),
}

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no program of that name.
    #[error("there is no git on the PATH")]
    Missing,
    /// It could not be run.
    #[error("cannot run git")]
    Io(#[from] std::io::Error),
}
