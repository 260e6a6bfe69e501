//! The commands of a build, before they run.

use std::path::Path;

use super::{CommandError, GoCommand, GoCommands, Reach};
use crate::facts::MainPackage;
use crate::toolchain::PinnedModule;

/// A command that a build runs, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCommand {
    /// What it is for.
    pub purpose: Purpose,
    /// The command.
    pub command: GoCommand,
}

/// What a command of a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Compiles and links, and asks nobody for modules.
    Compile,
    /// Tells which packages programs are compiled from.
    List,
    /// Fetches modules that are missing.
    Download,
    /// Compiles and links what the first could not, for want of modules.
    CompileAgain,
}

impl Purpose {
    /// Returns what is said of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compile => "compiles and links, with the modules that are here",
            Self::List => "tells what programs are compiled from, beside the compiler",
            Self::Download => "fetches modules that are missing here",
            Self::CompileAgain => "compiles and links again, only where modules were missing",
        }
    }
}

impl GoCommands<'_> {
    /// Returns the commands that a build of the batch runs, in their order, where the modules `missing` are
    /// not here. Programs go to `output`.
    ///
    /// # Errors
    /// As for [`GoCommands::build`].
    pub fn of_build(
        &self,
        output: &Path,
        missing: &[&PinnedModule],
    ) -> Result<Vec<PlannedCommand>, CommandError> {
        let mains: Vec<&MainPackage> = self.batch.mains.iter().collect();
        let planned = |purpose, command| PlannedCommand { purpose, command };
        let mut commands = vec![
            planned(
                Purpose::Compile,
                self.build(&mains, output, Reach::Offline)?,
            ),
            planned(Purpose::List, self.list()?),
        ];
        if !missing.is_empty() {
            commands.insert(1, planned(Purpose::Download, self.download(missing)?));
            let again = self.build(&mains, output, Reach::Online)?;
            commands.push(planned(Purpose::CompileAgain, again));
        }
        Ok(commands)
    }
}
