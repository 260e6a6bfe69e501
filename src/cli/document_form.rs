//! The form of what a verb prints about this machine.

use std::io;

use clap::Args;
use serde::Serialize;

use super::session::print_data;
use super::telling::{json, text};
use crate::model::{BuildError, ExitCode};

/// How it is printed.
#[derive(Debug, Args)]
pub(super) struct DocumentForm {
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

impl DocumentForm {
    /// Prints the document, for programs or for people.
    pub(super) fn print(
        &self,
        document: &impl Serialize,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<ExitCode, BuildError> {
        if self.json {
            print_data(&json(document)?)?;
            return Ok(ExitCode::Done);
        }
        print_data(&text("the report", write)?)?;
        Ok(ExitCode::Done)
    }
}
