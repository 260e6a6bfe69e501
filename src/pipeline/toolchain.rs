//! `CheckGoVersion` → (matches | `DownloadGo`): which Go compiles.

use std::sync::OnceLock;

use crate::config::GoConfig;
use crate::facts::GoRequest;
use crate::model::{BuildError, BuildState, Event, ExitCode, Phase};
use crate::toolchain::{Choice, ChosenSource, Toolchain, choose};

use crate::ports::{EventSink, ToolchainSource};

/// Decides which Go compiles, from what is asked for and what the machine has.
///
/// # Errors
/// When the versions that are asked for contradict each other.
pub(super) fn decide(
    toolchains: &dyn ToolchainSource,
    config: &GoConfig,
    request: &GoRequest,
) -> Result<Choice, BuildError> {
    let installed = toolchains.installed();
    choose(config.version.as_ref(), request, config.toolchain, installed.as_ref()).map_err(|error| {
        BuildError::new(Phase::Toolchain, "", error)
            .exit(ExitCode::Usage)
            .in_state(BuildState::CheckGoVersion)
            .hint("let one place name the version: [go] version, .go-version, or the toolchain line of go.mod")
    })
}

/// Gets the Go that was decided on.
///
/// # Errors
/// When it cannot be had, or is not what the checksum database says.
pub(super) fn obtain(
    toolchains: &dyn ToolchainSource,
    events: &dyn EventSink,
    choice: &Choice,
) -> Result<Toolchain, BuildError> {
    let toolchain = match choice.source {
        ChosenSource::Machine => toolchains
            .local()
            .map_err(|error| error.in_state(BuildState::CheckGoVersion))?,
        ChosenSource::Fetch => toolchains
            .fetched(&choice.version)
            .map_err(|error| error.in_state(BuildState::DownloadGo))?,
    };

    events.emit(Event::Noted {
        phase: Phase::Toolchain,
        message: format!(
            "go {} ({}; {})",
            choice.version, toolchain.origin, choice.reason
        ),
    });
    if let Some(hint) = &choice.hint {
        events.emit(Event::Noted {
            phase: Phase::Toolchain,
            message: hint.clone(),
        });
    }
    Ok(toolchain)
}

/// The Go that was decided on, for several who need it: whoever asks first gets it, and all others wait for that.
pub(super) struct SharedGo<'a> {
    toolchains: &'a dyn ToolchainSource,
    events: &'a dyn EventSink,
    choice: &'a Choice,
    obtained: OnceLock<Option<Toolchain>>,
}

impl<'a> SharedGo<'a> {
    /// Gets nothing yet.
    pub(super) fn new(
        toolchains: &'a dyn ToolchainSource,
        events: &'a dyn EventSink,
        choice: &'a Choice,
    ) -> Self {
        Self {
            toolchains,
            events,
            choice,
            obtained: OnceLock::new(),
        }
    }

    /// Gets it.
    ///
    /// # Errors
    /// As for [`obtain`]; the reason is told to the first who asks, and to no other.
    pub(super) fn obtain(&self) -> Result<&Toolchain, Option<BuildError>> {
        let mut reason = None;
        let obtained = self.obtained.get_or_init(|| {
            obtain(self.toolchains, self.events, self.choice)
                .map_err(|error| reason = Some(error))
                .ok()
        });
        obtained.as_ref().ok_or(reason)
    }
}
