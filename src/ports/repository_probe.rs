//! Repositories of modules, looked at through the git program.

use super::{GitAnswer, GitError};

/// Asks the git program about itself, and about repositories elsewhere, as the go command would: with
/// the user's settings and passwords, and without asking the user for anything.
pub trait RepositoryProbe: Sync {
    /// Returns what `git version` says.
    ///
    /// # Errors
    /// When there is no git program, or it cannot be started.
    fn version(&self) -> Result<GitAnswer, GitError>;

    /// Returns the `insteadOf` rules of the user's settings, as `git config -z --get-regexp` prints them.
    ///
    /// # Errors
    /// As for [`RepositoryProbe::version`].
    fn rules(&self) -> Result<GitAnswer, GitError>;

    /// Returns those of the references `names` that the repository at `url` has, as `git ls-remote` prints
    /// them.
    ///
    /// # Errors
    /// As for [`RepositoryProbe::version`], and when it takes too long.
    fn refs(&self, url: &str, names: &[&str]) -> Result<GitAnswer, GitError>;
}
