//! The `RepositoryProbe` port.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::{OTHER_REPOSITORY, answer};
use crate::adapters::process::{self, Limits, find_program};
use crate::model::{Cancellation, Environment};
use crate::ports::{GitAnswer, GitError, RepositoryProbe};

/// More than a few references take.
const MAX_OUTPUT_BYTES: usize = 1 << 20;
/// A ssh that asks nobody for anything.
const SILENT_SSH: &str = "ssh -o BatchMode=yes -o ControlMaster=no";

/// Asks the git of an environment about repositories elsewhere.
#[derive(Debug)]
pub struct GitProbe {
    program: Option<PathBuf>,
    environment: Environment,
    time: Duration,
    cancellation: Cancellation,
    /// Whether the user's settings name a ssh of their own.
    has_own_ssh: OnceLock<bool>,
}

impl GitProbe {
    /// Runs the git of `environment`, each time for `time` at most, until `cancellation` says to stop.
    pub fn new(environment: &Environment, time: Duration, cancellation: Cancellation) -> Self {
        Self {
            program: find_program(environment, "git"),
            environment: environment.clone(),
            time,
            cancellation,
            has_own_ssh: OnceLock::new(),
        }
    }

    /// Away from any repository, whose settings would count.
    fn command(&self, arguments: &[&str]) -> Result<Command, GitError> {
        let program = self.program.as_ref().ok_or(GitError::Missing)?;
        let mut command = process::command(program, &self.environment);
        command.current_dir(Path::new("/")).arg("--no-pager");
        for variable in OTHER_REPOSITORY {
            command.env_remove(variable);
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never")
            .env("LC_ALL", "C")
            .args(arguments);
        Ok(command)
    }

    fn ask(&self, command: Command) -> Result<GitAnswer, GitError> {
        let limits = Limits {
            time: Some(self.time),
            output_bytes: MAX_OUTPUT_BYTES,
        };
        answer(command, limits, &self.cancellation)
    }

    fn has_own_ssh(&self) -> Result<bool, GitError> {
        if let Some(known) = self.has_own_ssh.get() {
            return Ok(*known);
        }
        let named = ["GIT_SSH", "GIT_SSH_COMMAND"];
        let is_named = named
            .iter()
            .any(|name| self.environment.get(name).is_some());
        let configured = self.ask(self.command(&["config", "--get", "core.sshCommand"])?)?;
        let has = is_named || matches!(configured, GitAnswer::Said(_));
        Ok(*self.has_own_ssh.get_or_init(|| has))
    }
}

impl RepositoryProbe for GitProbe {
    fn version(&self) -> Result<GitAnswer, GitError> {
        self.ask(self.command(&["version"])?)
    }

    fn rules(&self) -> Result<GitAnswer, GitError> {
        let arguments = ["config", "-z", "--get-regexp", r"^url\..*\.insteadof$"];
        self.ask(self.command(&arguments)?)
    }

    fn refs(&self, url: &str, names: &[&str]) -> Result<GitAnswer, GitError> {
        let arguments = [&["ls-remote", "--quiet", "--", url], names].concat();
        let mut command = self.command(&arguments)?;
        if !self.has_own_ssh()? {
            command.env("GIT_SSH_COMMAND", SILENT_SSH);
        }
        self.ask(command)
    }
}
