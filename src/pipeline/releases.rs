//! The releases of Go on a machine, and the one that a project is built with.

use crate::config::GoConfig;
use crate::facts::{GoRequest, RequestedVersion};
use crate::model::{BuildError, Event, ExitCode, GoVersion, Phase};
use crate::ports::{EventSink, ToolchainSource};
use crate::report::{ChosenToolchain, ListedToolchain, ToolchainList};
use crate::toolchain::{Choice, ChosenSource, Toolchain, ToolchainOrigin};

use super::toolchain;

/// The releases of Go on this machine.
pub struct Releases<'a> {
    /// Where they are, and come from.
    pub toolchains: &'a dyn ToolchainSource,
    /// Who listens.
    pub events: &'a dyn EventSink,
}

impl Releases<'_> {
    /// Decides which Go builds a project that asks for `request`: the one that is `named`, where one is.
    ///
    /// # Errors
    /// When what is asked for contradicts itself.
    pub fn choose(
        &self,
        config: &GoConfig,
        request: &GoRequest,
        named: Option<&GoVersion>,
    ) -> Result<Choice, BuildError> {
        let Some(version) = named else {
            return toolchain::decide(self.toolchains, config, request);
        };
        let config = GoConfig {
            version: None,
            ..config.clone()
        };
        let exact = RequestedVersion {
            version: version.clone(),
            origin: "the command line".to_owned(),
        };
        let request = GoRequest {
            exact: Some(exact),
            minimum: request.minimum.clone(),
        };
        let chosen = toolchain::decide(self.toolchains, &config, &request);
        chosen.map_err(|mut error| {
            error.hints = vec!["name a later release, or an older one in the go line".to_owned()];
            error
        })
    }

    /// Tells why nothing is chosen.
    pub fn warn(&self, error: &BuildError) {
        let place = match error.target.as_str() {
            "" => String::new(),
            place => format!("{place}: "),
        };
        self.events.emit(Event::Warned {
            phase: error.phase,
            message: format!("{place}{}", error.in_one_line()),
            hints: error.hints.clone(),
        });
    }

    /// Returns the Go that was decided on; it is fetched where it is not there.
    ///
    /// # Errors
    /// When it cannot be had, or is not what the checksum database says.
    pub fn install(&self, choice: &Choice) -> Result<Toolchain, BuildError> {
        toolchain::obtain(self.toolchains, self.events, choice)
    }

    /// Returns the Go that was decided on, where it is on this machine.
    ///
    /// # Errors
    /// When it is not.
    pub fn find(&self, choice: &Choice) -> Result<Toolchain, BuildError> {
        let found = match choice.source {
            ChosenSource::Machine => Some(self.toolchains.local()?),
            ChosenSource::Fetch => self.toolchains.find(&choice.version),
        };
        found.ok_or_else(|| {
            let version = &choice.version;
            let message = format!("Go {version} is not on this machine");
            BuildError::new(Phase::Toolchain, "", message)
                .because(choice.reason.clone())
                .exit(ExitCode::Refused)
                .hint(format!("to fetch it: coracle toolchain install {version}"))
        })
    }

    /// Lists the releases; the one that `chosen` names is marked.
    ///
    /// # Errors
    /// When the cache folder cannot be read.
    pub fn list(&self, chosen: Option<&Choice>) -> Result<ToolchainList, BuildError> {
        let machine = self.toolchains.installed().is_some();
        let machine = machine.then(|| self.toolchains.local()).transpose()?;
        let kept = self.toolchains.kept()?;
        let all = machine.iter().chain(&kept);
        let listed = all.map(|toolchain| listed(toolchain, chosen)).collect();
        let chosen = chosen.map(|choice| ChosenToolchain {
            version: choice.version.to_string(),
            reason: choice.reason.clone(),
        });
        Ok(ToolchainList::new(listed, chosen))
    }
}

fn listed(toolchain: &Toolchain, chosen: Option<&Choice>) -> ListedToolchain {
    let origin = &toolchain.origin;
    let source = match origin {
        ToolchainOrigin::Machine => ChosenSource::Machine,
        ToolchainOrigin::Fetched { .. } => ChosenSource::Fetch,
    };
    ListedToolchain {
        version: toolchain.version.to_string(),
        origin: origin.as_str().to_owned(),
        h1: origin.h1().map(ToString::to_string),
        root: toolchain.root.display().to_string(),
        is_chosen: chosen.is_some_and(|it| it.source == source && it.version == toolchain.version),
    }
}
