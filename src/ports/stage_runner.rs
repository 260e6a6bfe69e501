//! What runs the commands of stages.

use std::path::Path;
use std::time::Duration;

use crate::model::{BuildError, Secret};

/// Starts programs for the pipeline.
pub trait StageRunner: Sync {
    /// Runs a command to its end, and hands each line that it says to `line`. Whatever it started is gone
    /// then.
    ///
    /// # Errors
    /// When there is no such program, or the run is told to stop.
    fn run(
        &self,
        order: &StageOrder<'_>,
        line: &mut dyn FnMut(&str),
    ) -> Result<StageEnd, BuildError>;

    /// Returns an empty file that a command may write.
    ///
    /// # Errors
    /// When there is no room for it.
    fn report_file(&self) -> std::io::Result<Box<dyn ReportFile>>;

    /// Returns the value of a variable that holds a secret.
    fn secret_variable(&self, name: &str) -> Option<Secret>;

    /// Returns what a command prints that tells a secret.
    ///
    /// # Errors
    /// When it fails; nothing of what it said is told.
    fn secret_command(&self, words: &[String]) -> Result<Secret, BuildError>;

    /// Returns all that of the machine decides what `program` does with these arguments and variables: its version, and
    /// the variables and the files that it reads its settings from; nothing where that cannot be told.
    fn identity(
        &self,
        program: &str,
        arguments: &[String],
        env: &[(String, String)],
    ) -> Option<String>;
}

/// A file that a command writes, gone when it is dropped.
pub trait ReportFile {
    /// Returns where it is.
    fn path(&self) -> &Path;

    /// Returns what was written.
    ///
    /// # Errors
    /// When it is not there any more, or is no text.
    fn text(&self) -> std::io::Result<String>;
}

/// What is run.
pub struct StageOrder<'a> {
    /// The program, and its arguments.
    pub words: &'a [String],
    /// Variables over those of the run.
    pub env: &'a [(String, String)],
    /// Secrets, as variables.
    pub secrets: &'a [(String, Secret)],
    /// How long it may take.
    pub limit: Duration,
    /// What it is asked for when that is over.
    pub overtime: Overtime,
}

/// What a command is asked for whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overtime {
    /// To end.
    End,
    /// To show where it hangs, as programs of Go can, and to end.
    ShowStacks,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageEnd {
    /// All is well.
    Passed,
    /// With this exit code; none where a signal ended it.
    Failed(Option<i32>),
    /// It took too long.
    OutOfTime,
}
