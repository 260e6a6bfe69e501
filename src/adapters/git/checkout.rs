//! The files of one commit, in a folder of their own.

use std::path::{Path, PathBuf};

use super::{Installed, answer};
use crate::adapters::process::Limits;
use crate::model::{Cancellation, CommitId, Environment, GitUrl};
use crate::ports::{GitAnswer, GitError};

/// Progress is not read, and files are not printed.
const LIMITS: Limits = Limits {
    time: None,
    output_bytes: 1 << 20,
};
/// Where fetched branches and tags go: they are looked at no more.
const ALL: &str = "+refs/*:refs/fetched/*";
/// Line ends as they were committed, on whatever machine.
const AS_COMMITTED: [&str; 2] = ["core.autocrlf=false", "core.eol=lf"];

/// Where commits come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A repository elsewhere.
    Url(GitUrl),
    /// A repository on this machine: its root, absolute.
    Folder(PathBuf),
}

impl Origin {
    fn protocols(&self) -> Vec<&str> {
        match self {
            // No address names ssh, but the user's own settings may have it used instead.
            Self::Url(url) => vec![url.protocol(), "ssh"],
            Self::Folder(_) => vec!["file"],
        }
    }
}

/// Why a commit's files could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// git gave no answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// git said no.
    #[error("git {command}: {said}")]
    Refused {
        /// Its command.
        command: String,
        /// What it said.
        said: String,
    },
}

/// Takes commits out of repositories.
pub struct Checkout<'a> {
    installed: Installed,
    cancellation: &'a Cancellation,
}

impl<'a> Checkout<'a> {
    /// Uses the git of `environment`, until `cancellation` says to stop.
    pub fn new(environment: &Environment, cancellation: &'a Cancellation) -> Self {
        Self {
            installed: Installed::of(environment),
            cancellation,
        }
    }

    /// Returns the repository that `folder` lies in, if it has `commit`.
    pub fn repository_of(&self, folder: &Path, commit: &CommitId) -> Option<PathBuf> {
        let known = format!("{commit}^{{commit}}");
        self.run(folder, None, &["cat-file", "-e", &known]).ok()?;
        let said = self
            .run(folder, None, &["rev-parse", "--absolute-git-dir"])
            .ok()?;
        Some(PathBuf::from(said.trim_end_matches('\n')))
    }

    /// Says what the repository in `folder` is a clone of, and on which branch it is.
    ///
    /// # Errors
    /// When there is no such repository, or the branch can be none.
    pub fn name(
        &self,
        origin: Option<&GitUrl>,
        branch: Option<&str>,
        folder: &Path,
    ) -> Result<(), CheckoutError> {
        if let Some(origin) = origin {
            let set = ["config", "remote.origin.url", origin.as_str()];
            self.run(folder, None, &set)?;
        }
        if let Some(branch) = branch {
            let branch = format!("refs/heads/{branch}");
            self.run(folder, None, &["update-ref", &branch, "HEAD"])?;
            self.run(folder, None, &["symbolic-ref", "HEAD", &branch])?;
        }
        Ok(())
    }

    /// Puts the files of `commit` into `folder`, which is there and empty, as a repository of its
    /// own. Nothing that the commit names is run or fetched: no hooks, no submodules.
    ///
    /// # Errors
    /// When there is no git, `origin` cannot be reached, or has no such commit.
    pub fn take(
        &self,
        origin: &Origin,
        commit: &CommitId,
        folder: &Path,
    ) -> Result<(), CheckoutError> {
        let git = |arguments: &[&str]| self.run(folder, None, arguments);
        let format = format!("--object-format={}", commit.object_format());
        git(&["init", "--quiet", "--template=", &format])?;
        let from = match origin {
            Origin::Url(url) => url.as_str().to_owned(),
            Origin::Folder(folder) => folder.display().to_string(),
        };
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
        let one = [&fetch[..], &["--depth=1", "--", &from, commit.as_str()]].concat();
        if let Err(CheckoutError::Refused { .. }) = self.run(folder, Some(origin), &one) {
            // Servers may refuse to serve a commit by its name, or a part of the history.
            self.run(
                folder,
                Some(origin),
                &[&fetch[..], &["--", &from, ALL]].concat(),
            )?;
        }
        git(&["checkout", "--quiet", "--detach", commit.as_str(), "--"])?;
        Ok(())
    }

    fn run(
        &self,
        folder: &Path,
        origin: Option<&Origin>,
        arguments: &[&str],
    ) -> Result<String, CheckoutError> {
        let mut settings = AS_COMMITTED.map(str::to_owned).to_vec();
        let protocols = origin.map(Origin::protocols).unwrap_or_default();
        settings.extend(
            protocols
                .iter()
                .map(|name| format!("protocol.{name}.allow=always")),
        );
        let mut command = self.installed.command(folder, &settings, arguments)?;
        if !protocols.is_empty() {
            command.env("GIT_ALLOW_PROTOCOL", protocols.join(":"));
        }
        match answer(command, LIMITS, self.cancellation)? {
            GitAnswer::Said(said) => Ok(String::from_utf8_lossy(&said).into_owned()),
            GitAnswer::Failed(said) => Err(CheckoutError::Refused {
                command: arguments.first().copied().unwrap_or_default().to_owned(),
                said: said.trim().to_owned(),
            }),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make repositories")]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::adapters::git::tests::{git, program_environment, repository, said};

    fn head(repository: &TempDir) -> CommitId {
        said(repository.path(), &["rev-parse", "HEAD"])
            .trim()
            .parse()
            .unwrap()
    }

    fn taken(from: &TempDir, commit: &CommitId) -> Result<TempDir, CheckoutError> {
        let into = TempDir::new().unwrap();
        let cancellation = Cancellation::default();
        let origin = Origin::Folder(from.path().to_owned());
        let checkout = Checkout::new(&program_environment(), &cancellation);
        checkout.take(&origin, commit, into.path())?;
        Ok(into)
    }

    #[test]
    fn the_files_of_a_commit_are_there_and_nothing_newer() {
        let repository = repository();
        fs::write(repository.path().join("file"), "old\r\n").unwrap();
        git(
            repository.path(),
            &["commit", "--quiet", "--all", "--message=old"],
        );
        let old = head(&repository);
        fs::write(repository.path().join("file"), "new").unwrap();
        git(
            repository.path(),
            &["commit", "--quiet", "--all", "--message=new"],
        );
        let folder = taken(&repository, &old).unwrap();
        assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"old\r\n");
    }

    #[test]
    fn a_checkout_is_on_the_branch_and_of_the_origin_that_it_is_told() {
        let repository = repository();
        let folder = taken(&repository, &head(&repository)).unwrap();
        let cancellation = Cancellation::default();
        let checkout = Checkout::new(&program_environment(), &cancellation);
        let url = "https://git.example.com/team/app".parse().unwrap();
        checkout
            .name(Some(&url), Some("release/1"), folder.path())
            .unwrap();
        let origin = said(folder.path(), &["config", "remote.origin.url"]);
        let branch = said(folder.path(), &["symbolic-ref", "--short", "HEAD"]);
        assert_eq!((origin.trim(), branch.trim()), (url.as_str(), "release/1"));
        assert!(checkout.name(None, Some("../../x"), folder.path()).is_err());
        let commit = head(&repository);
        assert!(checkout.repository_of(folder.path(), &commit).is_some());
        let empty = TempDir::new().unwrap();
        assert!(checkout.repository_of(empty.path(), &commit).is_none());
    }

    #[test]
    fn a_commit_that_is_not_there_is_an_error() {
        let unknown = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        let refused = taken(&repository(), &unknown).unwrap_err();
        assert!(
            refused.to_string().starts_with("git checkout: "),
            "{refused}"
        );
    }

    #[test]
    fn a_repository_runs_nothing_when_it_is_taken() {
        let repository = repository();
        let ran = repository.path().join("ran");
        let hook = repository.path().join(".git/hooks/post-checkout");
        fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&hook, mode).unwrap();
        let filter = format!("touch {}; cat", ran.display());
        git(
            repository.path(),
            &["config", "filter.mine.smudge", &filter],
        );
        fs::write(repository.path().join(".gitattributes"), "* filter=mine\n").unwrap();
        let modules = "[submodule \"s\"]\npath = s\nurl = ext::touch% ran\n";
        fs::write(repository.path().join(".gitmodules"), modules).unwrap();
        git(repository.path(), &["add", ".gitattributes", ".gitmodules"]);
        git(
            repository.path(),
            &["commit", "--quiet", "--message=attributes"],
        );
        taken(&repository, &head(&repository)).unwrap();
        assert!(!ran.exists());
    }
}
