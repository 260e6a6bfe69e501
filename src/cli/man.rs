//! `coracle man`.

use std::io;

use clap::{Args, Command};
use clap_mangen::Man as Page;

use crate::model::{BuildError, ExitCode, Phase};

use super::session::{Outcome, print_data};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle man | man -l -
  coracle man push > coracle-push.1";

/// Flags of `coracle man`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// The verb whose page is wanted, as in build; without one, coracle's own
    verb: Option<String>,
}

impl Man {
    /// Prints the page.
    pub(super) fn run(self, mut command: Command) -> Outcome {
        command.build();
        let page = match &self.verb {
            None => Ok(command),
            Some(verb) => command
                .find_subcommand(verb)
                .cloned()
                .ok_or_else(|| unknown(verb, &command)),
        };
        let text = page
            .and_then(|page| render(page).map_err(unwritable))
            .map_err(|error| vec![error])?;
        print_data(&text).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }
}

fn render(command: Command) -> io::Result<String> {
    let mut page = Vec::new();
    Page::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn unwritable(error: io::Error) -> BuildError {
    BuildError::new(Phase::Report, "", "cannot write the manual page").because(error)
}

fn unknown(verb: &str, command: &Command) -> BuildError {
    let verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    BuildError::new(Phase::Config, "", format!("there is no verb {verb:?}"))
        .hint(format!("the verbs are {}", verbs.join(", ")))
}
