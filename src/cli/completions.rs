//! `coracle completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::model::ExitCode;

use super::session::{Outcome, print_data};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle completions bash > ~/.local/share/bash-completion/completions/coracle
  coracle completions fish > ~/.config/fish/completions/coracle.fish";

/// Flags of `coracle completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell that will read them
    shell: Shell,
}

impl Completions {
    /// Prints the completions of `command`.
    pub(super) fn run(self, command: &mut Command) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "coracle", &mut script);
        print_data(&String::from_utf8_lossy(&script)).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }
}
