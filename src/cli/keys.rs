//! `coracle keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::session::{Outcome, Session, print_data};
use super::wiring;
use crate::model::ExitCode;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle keys generate                          # coracle.key and coracle.pub, a password is asked for
  coracle keys generate --output ci/images       # with CORACLE_KEY_PASSWORD in the environment, nobody is asked";

/// Flags of `coracle keys`.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Make a key to sign with: PREFIX.key, encrypted, and PREFIX.pub; prints the public one
    Generate(Generate),
}

#[derive(Debug, Args)]
struct Generate {
    /// What both files are called, without their endings
    #[arg(short, long, value_name = "PREFIX", default_value = "coracle")]
    output: PathBuf,
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
}

impl Keys {
    /// Does what was asked for.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let Task::Generate(Generate { output, directory }) = self.task;
        let folder = session.host.cwd.join(directory.unwrap_or_default());
        let made = wiring::new_key(session, &folder.join(&output)).map_err(|error| vec![error])?;
        session.say(&format!(
            "{} signs, and opens with the password; keep it secret\n{} verifies; give it to everybody",
            made.files.private.display(),
            made.files.public.display(),
        ));
        print_data(&made.public).map_err(|error| vec![error])?;
        Ok(ExitCode::Done)
    }
}
