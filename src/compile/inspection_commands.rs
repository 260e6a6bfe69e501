//! The go commands that look at a project and make nothing.

use super::go_command::words;
use super::{CommandError, GoCommand, GoCommands, PackageGraph, ReleaseNotes};
use crate::model::{ModulePath, SourcePath};

impl GoCommands<'_> {
    /// Returns the command that shows which packages the batch is compiled from; [`PackageGraph`] reads
    /// what it prints.
    ///
    /// # Errors
    /// When the platform's variant or a setting is wrong.
    pub fn packages(&self) -> Result<GoCommand, CommandError> {
        self.list_deps(PackageGraph::FIELDS)
    }

    /// Returns the command that asks what the authors of `modules` say of the versions which are used;
    /// [`ReleaseNotes`] reads what it prints. The proxy is asked about each.
    ///
    /// # Errors
    /// As for [`GoCommands::packages`].
    pub fn releases(&self, modules: &[ModulePath]) -> Result<GoCommand, CommandError> {
        let fields = format!("-json={}", ReleaseNotes::FIELDS);
        // A vendor folder knows nothing of other versions.
        let mut arguments = words([
            "list",
            "-e",
            "-m",
            "-mod=readonly",
            "-u",
            "-retracted",
            &fields,
        ]);
        arguments.push("--".into());
        arguments.extend(modules.iter().map(|module| module.as_str().into()));
        self.looking(arguments)
    }

    /// Returns the command that shows what `go mod tidy` would change of the go.mod in `folder`, and
    /// fails where it is anything. Go has it since 1.23.
    ///
    /// # Errors
    /// As for [`GoCommands::packages`].
    pub fn tidiness(&self, folder: &SourcePath) -> Result<GoCommand, CommandError> {
        let mut command = self.looking(words(["mod", "tidy", "-diff"]))?;
        command.folder = self.surroundings.source_root.join(folder.as_str());
        command.environment.insert("GOWORK".into(), "off".into());
        Ok(command)
    }

    /// Returns the command that looks for mistakes in all packages of the module in `folder`.
    ///
    /// # Errors
    /// As for [`GoCommands::packages`].
    pub fn vet(&self, folder: &SourcePath) -> Result<GoCommand, CommandError> {
        let mut arguments = words(["vet"]);
        arguments.extend(self.tags());
        arguments.extend(words::<std::ffi::OsString>(["--", "./..."]));
        let mut command = self.looking(arguments)?;
        command.folder = self.surroundings.source_root.join(folder.as_str());
        Ok(command)
    }
}
