//! Asking git for the revision.

use super::origin::browser_address;
use super::{Commit, Describe, Revision};
use crate::model::{BuildError, Phase, SourcePath, Timestamp, crew};
use crate::ports::{Git, GitAnswer, GitError};

/// Reads the revision from `git`.
pub(super) fn read(git: &dyn Git, describe: Describe) -> Result<Revision, BuildError> {
    let history = History { git };
    let is_shallow = history.is_shallow()?;
    let Some((id, time)) = history.head()? else {
        return Ok(Revision::None);
    };
    // To see whether anything was changed takes git as long as all the rest.
    let version = || history.said(&["describe", "--tags", "--always", "--dirty"]);
    let (version, surroundings) = crew::both(version, || history.surroundings());
    let (version, surroundings) = (version?, surroundings?);
    let sees_no_tag = id.starts_with(version.trim_end_matches("-dirty"));
    if describe == Describe::Needed && is_shallow && sees_no_tag {
        return Err(shallow_clone(&version));
    }
    Ok(Revision::Commit(Commit {
        version,
        short: id.chars().take(SHORT_DIGITS).collect(),
        branch: surroundings.branch,
        time,
        origin: surroundings.address.as_deref().and_then(browser_address),
        untracked: surroundings.untracked,
        id,
    }))
}

/// As many as `core.abbrev=12` gives, whatever the size of the repository.
pub(super) const SHORT_DIGITS: usize = 12;

#[derive(Clone, Copy)]
pub(super) struct History<'a> {
    pub(super) git: &'a dyn Git,
}

/// Where a commit is checked out, and what lies beside its files.
struct Surroundings {
    address: Option<String>,
    branch: Option<String>,
    untracked: Vec<SourcePath>,
}

impl History<'_> {
    fn surroundings(&self) -> Result<Surroundings, BuildError> {
        Ok(Surroundings {
            address: self.maybe(&["config", "--get", "remote.origin.url"])?,
            branch: self.maybe(&["symbolic-ref", "--quiet", "--short", "HEAD"])?,
            untracked: self.untracked()?,
        })
    }

    /// Tells whether commits are missing that others descend from.
    pub(super) fn is_shallow(&self) -> Result<bool, BuildError> {
        Ok(self.said(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// Returns the commit that HEAD names and its time; none where nothing was committed yet.
    fn head(&self) -> Result<Option<(String, Timestamp)>, BuildError> {
        let said = match self.ask(&["log", "-1", "--no-show-signature", "--format=%H %ct"])? {
            GitAnswer::Said(said) => text(&said),
            GitAnswer::Failed(talk) if talk.contains("does not have any commits yet") => {
                return Ok(None);
            }
            GitAnswer::Failed(talk) => return Err(refused(&talk)),
        };
        let parsed = said
            .split_once(' ')
            .and_then(|(id, time)| Some((id.to_owned(), time.parse().ok()?)));
        parsed.map(Some).ok_or_else(|| refused(&said))
    }

    /// Returns the files that git neither keeps nor ignores, as paths in the tree; a repository
    /// within the repository is one such path.
    pub(super) fn untracked(&self) -> Result<Vec<SourcePath>, BuildError> {
        self.paths(&[
            "ls-files",
            "-z",
            "--others",
            "--exclude-standard",
            "--full-name",
            "--",
            ":/",
        ])
    }

    /// Returns the paths that git said, each ended by a zero byte, as far as they lie in the tree.
    pub(super) fn paths(&self, arguments: &[&str]) -> Result<Vec<SourcePath>, BuildError> {
        let said = match self.ask(arguments)? {
            GitAnswer::Said(said) => said,
            GitAnswer::Failed(talk) => return Err(refused(&talk)),
        };
        let mut paths: Vec<SourcePath> = said
            .split(|&byte| byte == 0)
            .filter(|path| !path.is_empty())
            .filter_map(|path| self.git.roots().in_tree(&String::from_utf8_lossy(path)))
            .collect();
        paths.sort();
        Ok(paths)
    }

    /// Returns what git said.
    pub(super) fn said(&self, arguments: &[&str]) -> Result<String, BuildError> {
        match self.ask(arguments)? {
            GitAnswer::Said(said) => Ok(text(&said)),
            GitAnswer::Failed(talk) => Err(refused(&talk)),
        }
    }

    /// Returns what git said; nothing where it had nothing to say, and did not complain either.
    fn maybe(&self, arguments: &[&str]) -> Result<Option<String>, BuildError> {
        match self.ask(arguments)? {
            GitAnswer::Said(said) => Ok(Some(text(&said))),
            GitAnswer::Failed(talk) if talk.is_empty() => Ok(None),
            GitAnswer::Failed(talk) => Err(refused(&talk)),
        }
    }

    pub(super) fn ask(&self, arguments: &[&str]) -> Result<GitAnswer, BuildError> {
        self.git.run(arguments).map_err(|error| {
            let is_missing = matches!(error, GitError::Missing);
            let failed = failed("cannot ask git for the revision").because(error);
            if is_missing {
                failed
                    .hint("install git, as in: apt-get install git")
                    .hint(NAME_IT)
            } else {
                failed
            }
        })
    }
}

pub(super) fn text(said: &[u8]) -> String {
    String::from_utf8_lossy(said)
        .trim_end_matches('\n')
        .to_owned()
}

pub(super) fn failed(message: &str) -> BuildError {
    BuildError::new(Phase::Facts, "git", message)
}

/// Says why git refused, and what to do about it. That there is no history is never assumed.
pub(super) fn refused(talk: &str) -> BuildError {
    let error = failed("git cannot tell the revision").because(talk.trim().to_owned());
    let error = if talk.contains("dubious ownership") {
        let folder = talk.split('\'').nth(1).unwrap_or("DIR");
        error.hint(format!(
            "the repository belongs to another user; if you trust it: git config --global --add safe.directory {folder}"
        ))
    } else if talk.contains("not a git repository") {
        error.hint("there is a .git that is no repository: mend it, or take it away")
    } else {
        error.hint("look for damage: git fsck")
    };
    error.hint(NAME_IT)
}

const NAME_IT: &str =
    "or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…";

pub(super) fn shallow_clone(version: &str) -> BuildError {
    failed("this is a shallow clone, in which no tag can be seen")
        .context("version", version)
        .hint("fetch the history with its tags: git fetch --unshallow --tags")
        .hint("in GitHub's checkout action, set fetch-depth: 0")
        .hint("or name the version yourself: --set stamp.version=v1.2.3")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Roots;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    /// A git with one commit that answers by the first argument; what is not told fails quietly.
    #[derive(Default)]
    struct Answers(Vec<(&'static str, GitAnswer)>, Roots);

    impl Answers {
        fn with(mut self, command: &'static str, answer: GitAnswer) -> Self {
            self.0.insert(0, (command, answer));
            self
        }
    }

    impl Git for Answers {
        fn roots(&self) -> &Roots {
            &self.1
        }

        fn run(&self, arguments: &[&str]) -> Result<GitAnswer, GitError> {
            let answer = self.0.iter().find(|(command, _)| *command == arguments[0]);
            Ok(
                answer.map_or(GitAnswer::Failed(String::new()), |(_, answer)| {
                    answer.clone()
                }),
            )
        }
    }

    struct NoGit;

    impl Git for NoGit {
        fn roots(&self) -> &Roots {
            unreachable!("nobody lists files of a git that is not there")
        }

        fn run(&self, _: &[&str]) -> Result<GitAnswer, GitError> {
            Err(GitError::Missing)
        }
    }

    fn said(text: &str) -> GitAnswer {
        GitAnswer::Said(text.as_bytes().to_vec())
    }

    fn one_commit() -> Answers {
        Answers::default()
            .with("rev-parse", said("false\n"))
            .with("log", said(&format!("{ID} 1700000000\n")))
            .with("describe", said("v1.2.3\n"))
            .with("ls-files", said(""))
    }

    fn commit(git: &dyn Git) -> Commit {
        match read(git, Describe::Needed).unwrap() {
            Revision::Commit(commit) => commit,
            Revision::None => panic!("no commit"),
        }
    }

    #[test]
    fn a_commit_is_described() {
        let git = one_commit()
            .with("symbolic-ref", said("main\n"))
            .with("config", said("git@github.com:o/r.git\n"));
        let commit = commit(&git);
        assert_eq!(commit.version, "v1.2.3");
        assert_eq!(
            (commit.id.as_str(), commit.short.as_str()),
            (ID, "0123456789ab")
        );
        assert_eq!(commit.time.to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(commit.branch.as_deref(), Some("main"));
        assert_eq!(commit.origin.as_deref(), Some("https://github.com/o/r"));
    }

    #[test]
    fn a_detached_head_without_a_remote_is_as_good() {
        let commit = commit(&one_commit());
        assert_eq!((commit.branch, commit.origin), (None, None));
    }

    #[test]
    fn untracked_files_are_named_from_the_root_of_the_tree() {
        for (tree_in_repository, repository_in_tree, listed, untracked) in [
            ("", "", "a.go\0b/c d\0", vec!["a.go", "b/c d"]),
            (
                "go",
                "",
                "go/app/b.go\0go/c\0docs/d\0",
                vec!["app/b.go", "c"],
            ),
            ("", "app", "b.go\0nested/\0", vec!["app/b.go", "app/nested"]),
        ] {
            let mut git = one_commit().with("ls-files", said(listed));
            git.1 = Roots {
                tree_in_repository: tree_in_repository.parse().unwrap(),
                repository_in_tree: repository_in_tree.parse().unwrap(),
            };
            let commit = commit(&git);
            let paths: Vec<&str> = commit.untracked.iter().map(SourcePath::as_str).collect();
            assert_eq!(paths, untracked, "{listed:?}");
        }
    }

    #[test]
    fn a_repository_without_a_commit_is_no_history() {
        let talk = "fatal: your current branch 'main' does not have any commits yet\n";
        let git = one_commit().with("log", GitAnswer::Failed(talk.to_owned()));
        assert_eq!(read(&git, Describe::Needed).unwrap(), Revision::None);
    }

    #[test]
    fn a_shallow_clone_needs_a_tag_or_a_version() {
        let git = || one_commit().with("rev-parse", said("true\n"));
        assert!(read(&git(), Describe::Needed).is_ok());
        let blind = git().with("describe", said("0123456789ab-dirty\n"));
        let error = read(&blind, Describe::Needed).unwrap_err();
        assert!(
            error.hints[0].contains("git fetch --unshallow --tags"),
            "{error}"
        );
        assert!(read(&blind, Describe::Unneeded).is_ok());
    }

    #[test]
    fn a_git_that_fails_is_an_error_that_tells_what_to_do() {
        for (talk, hint) in [
            (
                "fatal: detected dubious ownership in repository at '/src/app'\nTo add",
                "git config --global --add safe.directory /src/app",
            ),
            (
                "fatal: not a git repository (or any of the parent directories): .git",
                "mend it",
            ),
            ("fatal: bad object HEAD", "git fsck"),
        ] {
            let git = one_commit().with("rev-parse", GitAnswer::Failed(talk.to_owned()));
            let error = read(&git, Describe::Needed).unwrap_err();
            assert!(error.hints[0].contains(hint), "{:?}", error.hints);
        }
        let error = read(&NoGit, Describe::Needed).unwrap_err();
        assert!(error.hints[0].contains("install git"), "{error}");
    }
}
