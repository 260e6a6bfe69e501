//! The user's kubectl: found, started and listened to in one place.

use std::path::PathBuf;
use std::time::Duration;

use crate::adapters::process::{self, Finished, Limits, ProcessError, Stream};
use crate::model::{Cancellation, Environment};

/// What it may say: whole lists of objects are among that.
const MAX_OUTPUT_BYTES: usize = 64 << 20;

/// What to do where there is none.
pub const INSTALL: &str = "install it: https://kubernetes.io/docs/tasks/tools/";

/// The program, and the place that it is started in.
pub struct KubectlProgram {
    path: PathBuf,
    environment: Environment,
    folder: PathBuf,
    cancellation: Cancellation,
}

/// What kubectl is asked.
pub struct Question<'a> {
    /// Its arguments.
    pub args: &'a [&'a str],
    /// What stands on its stdin.
    pub input: &'a [u8],
    /// How long it may take, where that is limited.
    pub time: Option<Duration>,
}

impl KubectlProgram {
    /// Finds it on PATH; it is started in `folder`, and ended where the run is told to stop.
    pub fn find(
        environment: &Environment,
        folder: PathBuf,
        cancellation: Cancellation,
    ) -> Option<Self> {
        Some(Self {
            path: process::find_program(environment, "kubectl")?,
            environment: environment.clone(),
            folder,
            cancellation,
        })
    }

    /// Runs it to its end, whatever that is, and hands on each line when it is said.
    ///
    /// # Errors
    /// When it does not come to its end.
    pub fn run(
        &self,
        question: &Question<'_>,
        hear: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Finished, ProcessError> {
        let mut command = process::command(&self.path, &self.environment);
        command.current_dir(&self.folder).args(question.args);
        let limits = Limits {
            time: question.time,
            output_bytes: MAX_OUTPUT_BYTES,
        };
        process::run_observed(command, question.input, limits, &self.cancellation, hear)
    }
}
