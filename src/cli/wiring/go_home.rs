//! Go on this machine, with or without a project.

use super::project::Settings;
use super::settings::{module_settings, network, toolchain_settings};
use super::{Shelves, Source};
use crate::adapters::disk;
use crate::adapters::fetch::Toolchains;
use crate::adapters::http::Network;
use crate::cli::options::{ProjectOptions, RunOptions};
use crate::cli::session::Session;
use crate::config::GoConfig;
use crate::facts::{GoRequest, VersionFile};
use crate::model::{BuildError, ExitCode, GoVersion, Phase};
use crate::ports::EventSink;

/// What is needed to look after the releases of Go.
pub(in crate::cli) struct GoHome<'a> {
    session: &'a Session,
    options: &'a ProjectOptions,
    settings: Settings,
    shelves: Shelves,
    network: Network,
    events: &'a dyn EventSink,
}

impl<'a> GoHome<'a> {
    /// Reads the configuration, where there is one, and opens the cache folder.
    pub(in crate::cli) fn open(
        session: &'a Session,
        options: &'a ProjectOptions,
        run: &RunOptions,
        events: &'a dyn EventSink,
    ) -> Result<Self, Vec<BuildError>> {
        let settings = Settings::read(session, options)?;
        let network = network(run);
        let shelves = Shelves::of(session, &settings.config, &settings.root, network, events);
        Ok(Self {
            session,
            options,
            shelves: shelves.map_err(|error| vec![error])?,
            settings,
            network,
            events,
        })
    }

    /// Returns what has and fetches Go.
    pub(in crate::cli) fn toolchains(&self) -> Result<Toolchains<'_>, BuildError> {
        let config = &self.settings.config;
        let modules = module_settings(self.session, config, self.network)?;
        Ok(Toolchains::new(
            toolchain_settings(self.session, config, &self.shelves, modules),
            &self.shelves.client,
            &self.shelves.heads,
            self.events,
            self.session.cancellation.clone(),
        ))
    }

    /// Sees to it that what is fetched is there when the run is over.
    ///
    /// # Errors
    /// When the cache folder takes nothing.
    pub(in crate::cli) fn must_keep(&self) -> Result<(), BuildError> {
        let cache = &self.shelves.cache;
        if cache.path() == cache.workplace() {
            return Ok(());
        }
        let message =
            "what is fetched would be gone when this ends: the cache folder takes nothing";
        Err(BuildError::new(Phase::Toolchain, "", message)
            .exit(ExitCode::CannotWrite)
            .hint("name another folder: CORACLE_CACHE=/var/tmp/coracle"))
    }

    /// Returns what the configuration says of Go.
    pub(in crate::cli) fn config(&self) -> &GoConfig {
        &self.settings.config.go
    }

    /// Returns the project that the user stands in.
    ///
    /// # Errors
    /// When they stand in none.
    pub(in crate::cli) fn project(&self) -> Result<Source, BuildError> {
        Source::find(self.session, self.options)
    }
}

impl Source {
    /// Returns what it asks for.
    pub(in crate::cli) fn go_request(&self) -> Result<GoRequest, BuildError> {
        GoRequest::of(&self.tree, &self.location.project)
    }

    /// Returns what it asks for as if it had no `.go-version`.
    pub(in crate::cli) fn go_request_of_modules(&self) -> Result<GoRequest, BuildError> {
        GoRequest::of_modules(&self.tree, &self.location.project)
    }

    /// Writes `version` into its `.go-version`, and returns the file.
    pub(in crate::cli) fn pin(&self, version: &GoVersion) -> Result<VersionFile, BuildError> {
        let file = VersionFile::pinned(&self.tree, &self.location.project, version)?;
        let path = self.location.root.join(file.path.as_str());
        disk::write_version_file(&path, &file.text)?;
        Ok(file)
    }
}
