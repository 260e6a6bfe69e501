//! The git program.

mod checkout;
mod filters;
mod repository_probe;

pub use checkout::{Checkout, CheckoutError, Origin};
pub use repository_probe::GitProbe;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::process::{self, Limits, ProcessError, find_program, run};
use crate::model::{Cancellation, Environment, Roots};
use crate::ports::{Git, GitAnswer, GitError};

/// More than the names of all files of the largest repositories.
const LIMITS: Limits = Limits {
    time: None,
    output_bytes: 256 << 20,
};

/// What a repository may configure so that git runs a program or asks the network, switched off;
/// and the length of abbreviations, which would else grow with the repository.
const SETTINGS: [&str; 5] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showSignature=false",
    "protocol.allow=never",
    "core.abbrev=12",
];
/// No way to another repository.
const NO_PROTOCOL: &str = "none";

/// Variables that point git to another repository, as its hooks have them set.
const OTHER_REPOSITORY: [&str; 9] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// The git of an environment, if it has one.
#[derive(Debug, Clone)]
struct Installed {
    program: Option<PathBuf>,
    environment: Environment,
}

/// Runs git in a folder.
#[derive(Debug, Clone)]
pub struct GitProgram {
    installed: Installed,
    folder: PathBuf,
    roots: Roots,
    cancellation: Cancellation,
    /// What switches off the filters that the repository names, once it was looked for them.
    without_filters: OnceLock<Vec<String>>,
}

impl GitProgram {
    /// Runs the git of `environment` in `folder`, the root of a repository that lies so beside the
    /// source tree, until `cancellation` says to stop.
    pub fn new(
        environment: &Environment,
        folder: PathBuf,
        roots: Roots,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            installed: Installed::of(environment),
            folder,
            roots,
            cancellation,
            without_filters: OnceLock::new(),
        }
    }

    fn ask(
        &self,
        folder: &Path,
        settings: &[String],
        arguments: &[&str],
    ) -> Result<GitAnswer, GitError> {
        let command = self.installed.command(folder, settings, arguments)?;
        answer(command, LIMITS, &self.cancellation)
    }
}

/// Runs git, and returns what it answers.
fn answer(
    command: Command,
    limits: Limits,
    cancellation: &Cancellation,
) -> Result<GitAnswer, GitError> {
    match run(command, b"", limits, cancellation) {
        Ok(finished) if finished.status.success() => Ok(GitAnswer::Said(finished.stdout)),
        Ok(finished) => Ok(GitAnswer::Failed(
            String::from_utf8_lossy(&finished.stderr).into_owned(),
        )),
        Err(ProcessError::Start(error) | ProcessError::Talk(error)) => Err(GitError::Io(error)),
        Err(other) => Err(GitError::Io(io::Error::other(other))),
    }
}

impl Installed {
    fn of(environment: &Environment) -> Self {
        Self {
            program: find_program(environment, "git"),
            environment: environment.clone(),
        }
    }

    /// Returns the command that runs git harmlessly, and without a word to other repositories.
    fn command(
        &self,
        folder: &Path,
        settings: &[String],
        arguments: &[&str],
    ) -> Result<Command, GitError> {
        let program = self.program.as_ref().ok_or(GitError::Missing)?;
        let mut command = process::command(program, &self.environment);
        command.current_dir(folder).arg("--no-pager");
        let settings = settings.iter().map(String::as_str);
        for setting in SETTINGS.into_iter().chain(settings) {
            command.args(["-c", setting]);
        }
        for variable in OTHER_REPOSITORY {
            command.env_remove(variable);
        }
        command
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            // Stronger than what the repository configures, and what older gits know.
            .env("GIT_ALLOW_PROTOCOL", NO_PROTOCOL)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .args(arguments);
        Ok(command)
    }
}

impl Git for GitProgram {
    fn roots(&self) -> &Roots {
        &self.roots
    }

    fn run(&self, arguments: &[&str]) -> Result<GitAnswer, GitError> {
        if let Some(settings) = self.without_filters.get() {
            return self.ask(&self.folder, settings, arguments);
        }
        let settings = filters::switched_off(self)?;
        let settings = self.without_filters.get_or_init(|| settings);
        self.ask(&self.folder, settings, arguments)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make repositories")]
pub(super) mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    pub(super) fn repository() -> TempDir {
        let folder = TempDir::new().unwrap();
        git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
        fs::write(folder.path().join("file"), "").unwrap();
        git(folder.path(), &["add", "file"]);
        git(folder.path(), &["commit", "--quiet", "--message=first"]);
        folder
    }

    /// Runs git as a user would, without the machine's settings.
    pub(super) fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .current_dir(folder)
            .env_clear()
            .env("PATH", PATH)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(["-c", "user.name=n", "-c", "user.email=e@example.com"])
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    }

    const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

    fn program(folder: &Path) -> GitProgram {
        GitProgram::new(
            &program_environment(),
            folder.to_owned(),
            Roots::default(),
            Cancellation::default(),
        )
    }

    /// Folders of the source are on the PATH, too.
    pub(super) fn program_environment() -> Environment {
        let path = format!(".:bin:{PATH}");
        Environment::new([("PATH".into(), path.into())])
    }

    pub(super) fn said(folder: &Path, arguments: &[&str]) -> String {
        let GitAnswer::Said(said) = asked(folder, arguments) else {
            panic!("no answer");
        };
        String::from_utf8(said).unwrap()
    }

    fn asked(folder: &Path, arguments: &[&str]) -> GitAnswer {
        program(folder).run(arguments).unwrap()
    }

    #[test]
    fn git_answers_or_says_why_not() {
        let repository = repository();
        let said = said(repository.path(), &["describe", "--always"]);
        assert_eq!(said.len(), "0123456789ab\n".len());
        let GitAnswer::Failed(talk) = asked(repository.path(), &["describe"]) else {
            panic!("no failure");
        };
        assert!(talk.contains("No names found"), "{talk}");
    }

    #[test]
    fn no_program_runs_that_the_repository_names() {
        let repository = repository();
        let folder = repository.path();
        let ran = folder.join("ran");
        let program = folder.join("program");
        fs::write(&program, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
        fs::set_permissions(
            &program,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let program = program.to_str().unwrap();
        for setting in [
            "core.fsmonitor",
            "gpg.program",
            "core.pager",
            "core.sshCommand",
        ] {
            git(folder, &["config", setting, program]);
        }
        git(folder, &["config", "log.showSignature", "true"]);
        git(folder, &["config", "filter.mine.clean", program]);
        git(folder, &["config", "filter.mine.required", "true"]);
        git(folder, &["config", "extensions.worktreeConfig", "true"]);
        git(
            folder,
            &["config", "--worktree", "filter.yours.process", program],
        );
        let attributes = "file filter=mine\nother filter=yours\n";
        fs::write(folder.join(".git/info/attributes"), attributes).unwrap();
        fs::copy(program, folder.join(".git/hooks/post-index-change")).unwrap();
        fs::copy(program, folder.join("git")).unwrap();
        fs::write(folder.join("file"), "changed").unwrap();
        for arguments in [
            ["describe", "--always", "--dirty"].as_slice(),
            &["log", "-1", "--format=%H"],
            &["ls-files", "--others", "--exclude-standard"],
        ] {
            assert!(matches!(asked(folder, arguments), GitAnswer::Said(_)));
        }
        assert!(!ran.exists());
    }

    #[test]
    fn no_program_runs_that_a_repository_within_names() {
        let (outer, inner) = (repository(), repository());
        let within = outer.path().join("sub");
        let from = inner.path().to_str().unwrap();
        let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
        git(outer.path(), &[&add[..], &["add", from, "sub"]].concat());
        git(outer.path(), &["commit", "--quiet", "--message=second"]);
        git(&within, &["config", "filter.a.clean", "touch ../ran; cat"]);
        let attributes = within.join("../.git/modules/sub/info/attributes");
        fs::write(attributes, "* filter=a\n").unwrap();
        fs::write(within.join("file"), "changed").unwrap();
        let GitAnswer::Said(said) = asked(outer.path(), &["describe", "--always", "--dirty"])
        else {
            panic!("no answer");
        };
        assert!(said.ends_with(b"-dirty\n"));
        assert!(!outer.path().join("ran").exists());
    }

    #[test]
    fn a_filter_that_cannot_be_switched_off_is_an_error() {
        let repository = repository();
        let folder = repository.path();
        git(folder, &["config", "filter.a=b.clean", "false"]);
        assert!(program(folder).run(&["describe", "--always"]).is_err());
    }
}
