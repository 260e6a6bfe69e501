//! The form of what a verb prints about this machine.

use std::io;

use clap::Args;
use serde::Serialize;

use super::session::print_data;
use super::telling::json;
use crate::model::{BuildError, ExitCode, Phase};

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
        let mut text = Vec::new();
        write(&mut text).map_err(|error| {
            BuildError::new(Phase::Report, "", "cannot write the report").because(error)
        })?;
        print_data(&String::from_utf8_lossy(&text))?;
        Ok(ExitCode::Done)
    }
}
