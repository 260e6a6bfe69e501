//! The one error that crosses ports and reaches the user.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use super::{BuildState, ExitCode, Phase};

/// What went wrong, where, and what to do; shown as `error: [phase] target: message`, then the
/// causes, then the hints.
///
/// The message is lower case and without a period, names what was tried, and holds no secret.
///
/// ```
/// # use coracle::model::{BuildError, ExitCode, Phase};
/// let error = BuildError::new(Phase::Publish, "linux/arm64", "cannot publish r.example/api:v3")
///     .exit(ExitCode::Denied)
///     .hint("log in with a user that may push to r.example/api");
/// assert_eq!(error.to_string(), "[publish] linux/arm64: cannot publish r.example/api:v3");
/// assert_eq!(error.exit_code(), ExitCode::Denied);
/// ```
#[derive(Debug)]
pub struct BuildError {
    /// The stage that failed.
    pub phase: Phase,
    /// What it was working on: an image, a platform, a file; empty where it is the whole run.
    pub target: String,
    /// What was tried, and both sides of a mismatch.
    pub message: String,
    /// The cause, with its own causes.
    pub source: Option<Box<dyn Error + Send + Sync>>,
    /// Facts that help a machine or a bug report, by name.
    pub context: BTreeMap<&'static str, String>,
    /// What to do about it, each with the command to type where there is one.
    pub hints: Vec<String>,
    exit: Option<ExitCode>,
}

impl BuildError {
    /// The name of the fact that is the state of the build.
    const STATE: &str = "state";

    /// Says what failed in `phase`, on `target`.
    pub fn new(phase: Phase, target: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self {
            phase,
            target: target.to_string(),
            message: message.to_string(),
            source: None,
            context: BTreeMap::new(),
            hints: Vec::new(),
            exit: None,
        }
    }

    /// Names the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds one thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn context(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.context.insert(name, value.to_string());
        self
    }

    /// Names the state of the build that it happened in, where none is named.
    #[must_use]
    pub fn in_state(mut self, state: BuildState) -> Self {
        let name = state.to_string();
        self.context.entry(Self::STATE).or_insert(name);
        self
    }

    /// Returns the state of the build that it happened in, where it is known.
    pub fn state(&self) -> Option<BuildState> {
        BuildState::of_name(self.context.get(Self::STATE)?)
    }

    /// Ends the program with `code` instead of the phase's own.
    #[must_use]
    pub fn exit(mut self, code: ExitCode) -> Self {
        self.exit = Some(code);
        self
    }

    /// Returns what the program ends with when this is its error.
    pub fn exit_code(&self) -> ExitCode {
        self.exit.unwrap_or_else(|| self.phase.exit_code())
    }

    /// Returns message and nearest cause in one line, for tables.
    pub fn in_one_line(&self) -> String {
        let cause = self.source.as_ref().map(|cause| format!(": {cause}"));
        let text = format!("{}{}", self.message, cause.unwrap_or_default());
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("; ")
    }

    /// Returns the causes, the nearest first.
    pub fn causes(&self) -> impl Iterator<Item = &(dyn Error + 'static)> + use<'_> {
        std::iter::successors(self.source(), |&cause| cause.source())
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] ", self.phase)?;
        if !self.target.is_empty() {
            write!(f, "{}: ", self.target)?;
        }
        f.write_str(&self.message)
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
