//! One stage.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::config::{CiEvent, EnvName, GlobPattern, SecretSource, StageName};
use crate::model::{SourcePath, shell_word};

/// Something that is done, after all that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What it is called.
    pub name: StageName,
    /// What it does, one after the other.
    pub commands: Vec<CommandLine>,
    /// What must have passed before it.
    pub needs: BTreeSet<StageName>,
    /// Which files decide what it does.
    pub inputs: Inputs,
    /// What it makes.
    pub outputs: Vec<SourcePath>,
    /// Variables of its own.
    pub env: BTreeMap<EnvName, String>,
    /// The secrets that it is told, by variable.
    pub secrets: BTreeMap<EnvName, SecretSource>,
    /// How long it may take.
    pub timeout: Duration,
    /// When it runs.
    pub on: BTreeSet<CiEvent>,
    /// What is asked of its tests, where it is coracle's own.
    pub tests: Option<TestRules>,
    /// What is told of it whenever it runs.
    pub note: Option<String>,
    /// Why all of it is done, where only what a change touches was asked for.
    pub whole: Option<String>,
    /// What it is about.
    pub subject: Subject,
}

/// What a stage is about, and so which changes concern it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// All packages.
    Packages,
    /// Images, which its command takes by name.
    Images,
    /// What was published by this run.
    Published,
    /// What its author knows.
    Own,
}

impl Subject {
    /// Returns what a stage is about that a project brings with it. It may deploy in a way of its own.
    pub(super) fn of_own(commands: &[CommandLine]) -> Self {
        let deploys = |command: &CommandLine| command.has_verb(&["deploy"]);
        if commands.iter().any(deploys) {
            Self::Published
        } else {
            Self::Own
        }
    }
}

/// What is asked of the tests of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRules {
    /// How often tests that failed run again.
    pub retries: u32,
    /// How many percent of all statements must run.
    pub coverage: Option<u8>,
    /// The packages, which are the last words of the command.
    pub packages: Vec<String>,
}

/// Stages that make changes known to others by their name.
const PUBLISHING: [&str; 3] = ["push", "deploy", "rollback"];
/// Verbs of coracle's that do: they send something to a registry, a transparency log or where images run.
const SENDING: [&str; 10] = [
    "push", "deploy", "rollback", "resolve", "apply", "create", "run", "delete", "sign", "attest",
];

impl Stage {
    /// Returns its variables, as commands are given them.
    pub fn variables(&self) -> Vec<(String, String)> {
        let own = self.env.iter();
        own.map(|(name, value)| (name.to_string(), value.clone()))
            .collect()
    }

    /// Tells whether it makes something known to others.
    pub fn publishes(&self) -> bool {
        let sends = |command: &CommandLine| {
            command.has_verb(&SENDING)
                || command.has_verb(&["dist"]) && command.has_verb(&["--push"])
        };
        PUBLISHING.contains(&self.name.as_str()) || self.commands.iter().any(sends)
    }
}

/// Which files decide what a stage does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inputs {
    /// Nobody knows: it always runs.
    Unknown,
    /// All of the source, but for what stages make.
    Source,
    /// What these find.
    Globs(Vec<GlobPattern>),
}

/// Tells whether a program is coracle, also where it is named by its path.
fn is_coracle(program: &str) -> bool {
    Path::new(program).file_name() == Some(OsStr::new("coracle"))
}

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// Takes a program and its arguments; nothing where there is no program.
    pub fn new(words: Vec<String>) -> Option<Self> {
        let is_named = words.first().is_some_and(|program| !program.is_empty());
        is_named.then_some(Self(words))
    }

    /// Returns what is run, and its arguments.
    pub fn split(&self) -> (&str, &[String]) {
        self.0
            .split_first()
            .map_or(("", &[]), |(program, arguments)| (program, arguments))
    }

    /// Tells whether coracle, wherever it lies, is given one of `verbs`. What of its words is the verb is known to its command
    /// line alone, so each may be it.
    fn has_verb(&self, verbs: &[&str]) -> bool {
        let (program, arguments) = self.split();
        is_coracle(program) && arguments.iter().any(|word| verbs.contains(&&**word))
    }

    /// Returns all words.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

impl<const N: usize> From<[&str; N]> for CommandLine {
    fn from(words: [&str; N]) -> Self {
        Self(words.map(str::to_owned).into())
    }
}

/// As it is typed.
impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, word) in self.0.iter().enumerate() {
            let space = if number == 0 { "" } else { " " };
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@,%+".contains(&b);
            if !word.is_empty() && word.bytes().all(is_plain) {
                write!(f, "{space}{word}")?;
            } else {
                write!(f, "{space}{}", shell_word(word))?;
            }
        }
        Ok(())
    }
}
