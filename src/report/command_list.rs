//! The commands that builds would run: what `explain --commands` prints.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

/// The commands that a build of images would run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CommandList {
    /// The version of this document's form: 1.
    pub form: u32,
    /// One entry for each `go build`, which may make the programs of several images.
    pub batches: Vec<BatchCommands>,
}

/// The commands for one platform and one set of settings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BatchCommands {
    /// What the programs run on.
    pub platform: String,
    /// The import paths of the main packages.
    pub programs: Vec<String>,
    /// The commands, in their order.
    pub commands: Vec<ListedCommand>,
}

/// One command.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedCommand {
    /// What it is for.
    pub purpose: String,
    /// One line for a POSIX shell, without users and passwords; `$WORK` stands for a folder that a build
    /// makes and removes again.
    pub line: String,
}

impl CommandList {
    /// Returns the JSON schema of the document.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// Writes `list` as a script for a POSIX shell.
///
/// # Errors
/// Those of the writer.
pub fn write_commands(to: &mut dyn Write, list: &CommandList) -> io::Result<()> {
    writeln!(
        to,
        "WORK=$(mktemp -d) && mkdir \"$WORK\"/out \"$WORK\"/work"
    )?;
    for batch in &list.batches {
        writeln!(to, "\n# {}: {}", batch.platform, batch.programs.join(", "))?;
        for command in &batch.commands {
            writeln!(to, "# {}\n{}", command.purpose, command.line)?;
        }
    }
    Ok(())
}
