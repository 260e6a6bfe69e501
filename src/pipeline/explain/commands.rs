//! The commands that a build would run. None is.

use crate::compile::PlannedCommand;
use crate::model::BuildError;
use crate::report::{BatchCommands, CommandList, ListedCommand};

use super::super::pinned_modules::pinned_modules;
use super::super::{Ports, Prepared, toolchain};

/// Tells which `go` commands a build of `prepared` would run, were no layer remembered.
///
/// # Errors
/// When Go cannot be had, or a setting is wrong.
pub fn explain_commands(ports: &Ports<'_>, prepared: &Prepared) -> Result<CommandList, BuildError> {
    let toolchain = toolchain::obtain(ports.toolchains, ports.events, &prepared.go)?;
    let modules = pinned_modules(ports.source, &prepared.source)?;
    let batches = prepared.plan.batches.iter().map(|batch| {
        let commands = ports.inspector.commands(&toolchain, batch, &modules)?;
        Ok(BatchCommands {
            platform: batch.platform.to_string(),
            programs: batch
                .mains
                .iter()
                .map(|main| main.import_path.to_string())
                .collect(),
            commands: commands.iter().map(listed).collect(),
        })
    });
    Ok(CommandList {
        form: 1,
        batches: batches.collect::<Result<_, BuildError>>()?,
    })
}

fn listed(planned: &PlannedCommand) -> ListedCommand {
    ListedCommand {
        purpose: planned.purpose.as_str().to_owned(),
        line: planned.command.shell_line(),
    }
}
