//! Git repositories that are the same on every machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs;

/// When all commits are made, unless a test says otherwise.
pub(crate) const COMMIT_TIME: &str = "2024-02-03T04:05:06Z";

/// A repository with fixed names and times, and none of the user's settings.
pub(crate) struct GitRepository {
    folder: PathBuf,
    time: String,
}

impl GitRepository {
    /// Makes a repository of `folder`, with all that lies in it in a first commit.
    pub(crate) fn create(folder: impl Into<PathBuf>) -> Self {
        let repository = Self {
            folder: folder.into(),
            time: COMMIT_TIME.to_owned(),
        };
        repository.git(["init", "--quiet", "--initial-branch=main"]);
        repository.commit_all("first");
        repository
    }

    /// Returns the repository that `folder` is already.
    pub(crate) fn open(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            time: COMMIT_TIME.to_owned(),
        }
    }

    /// Makes later commits at this time, RFC 3339.
    pub(crate) fn at(self, time: &str) -> Self {
        Self {
            time: time.to_owned(),
            ..self
        }
    }

    /// Commits all that lies in the folder.
    pub(crate) fn commit_all(&self, message: &str) {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// Sets a tag on the newest commit.
    pub(crate) fn tag(&self, name: &str) {
        self.git(["tag", name]);
    }

    /// Returns the newest commit.
    pub(crate) fn head(&self) -> String {
        self.git(["rev-parse", "HEAD"])
    }

    /// Runs git in the repository and returns what it printed.
    pub(crate) fn git<const N: usize>(&self, args: [&str; N]) -> String {
        git(&self.folder, &self.time, &args)
    }
}

/// Clones a repository, all of it or its newest commit only.
pub(crate) fn clone(from: &Path, to: &Path, options: &[&str]) -> GitRepository {
    // A path would be copied without regard to --depth; a URL is not.
    let from = format!("file://{}", from.display());
    let to_text = to.display().to_string();
    let args = [&["clone", "--quiet"], options, &[&from, &to_text]].concat();
    git(Path::new("/"), COMMIT_TIME, &args);
    GitRepository {
        folder: to.to_owned(),
        time: COMMIT_TIME.to_owned(),
    }
}

fn git(folder: &Path, time: &str, args: &[&str]) -> String {
    let output = Command::new(programs::find("git"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "A. Gopher"),
            ("GIT_AUTHOR_EMAIL", "gopher@example.com"),
            ("GIT_AUTHOR_DATE", time),
            ("GIT_COMMITTER_NAME", "A. Gopher"),
            ("GIT_COMMITTER_EMAIL", "gopher@example.com"),
            ("GIT_COMMITTER_DATE", time),
        ])
        .output()
        .expect("git starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
