//! Tells which states a build has passed.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use crate::model::{self, BuildError, BuildState, Event, Phase, Route};
use crate::ports::EventSink;
use crate::toolchain::{Choice, ChosenSource, Toolchain};

/// A build on its way, from any thread.
pub(super) struct Course<'a> {
    events: &'a dyn EventSink,
    course: Mutex<model::Course>,
}

impl<'a> Course<'a> {
    /// Begins, with the Go that was decided on.
    pub(super) fn begin(events: &'a dyn EventSink, route: Route, go: &Choice) -> Self {
        let course = Self {
            events,
            course: Mutex::new(model::Course::on(route)),
        };
        let Choice {
            version, reason, ..
        } = go;
        let decided = match (route, go.source) {
            (Route::Unchanged, _) => {
                format!("unchanged, and nothing is to be built with go {version} ({reason})")
            }
            (Route::Kept, _) => format!(
                "no source changed, and nothing is to be compiled with go {version} ({reason})"
            ),
            (_, ChosenSource::Machine) => format!("go {version} matches ({reason})"),
            (_, ChosenSource::Fetch) => format!("go {version} is not the machine's own ({reason})"),
        };
        course.done(BuildState::CheckGoVersion, decided);
        course
    }

    /// Says that the Go is at hand.
    pub(super) fn obtained(&self, toolchain: &Toolchain) {
        let Toolchain {
            version, origin, ..
        } = toolchain;
        self.done(BuildState::DownloadGo, format!("go {version} ({origin})"));
    }

    /// Says that the work of `state` is done, and what decided.
    pub(super) fn done(&self, state: BuildState, decided: impl Display) {
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        for passed in course.done(state, decided) {
            self.events.emit(Event::Passed(passed));
        }
    }
}

/// Returns the route of a build that compiles with the Go that was decided on.
pub(super) fn compiling(go: &Choice) -> Route {
    match go.source {
        ChosenSource::Machine => Route::Matching,
        ChosenSource::Fetch => Route::Fetching,
    }
}

/// Returns the state that an error of the compile belongs to.
pub(super) fn state_of(error: &BuildError) -> BuildState {
    match error.phase {
        Phase::Modules => BuildState::DownloadDeps,
        Phase::Toolchain => BuildState::CheckGoVersion,
        _ => BuildState::Build,
    }
}

/// How a compile went.
#[derive(Default)]
pub(super) struct Went {
    failed: Mutex<Option<BuildState>>,
}

impl Went {
    /// Takes a result, names the state that an error happened in, and hands it on.
    pub(super) fn through<T>(&self, result: Result<T, BuildError>) -> Result<T, BuildError> {
        result.map_err(|error| {
            let state = error.state().unwrap_or_else(|| state_of(&error));
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = Some(failed.map_or(state, |known| known.min(state)));
            error.in_state(state)
        })
    }

    /// Says that what each of these states decided is done, as far as nothing failed before.
    pub(super) fn tell(&self, course: &Course<'_>, decided: [(BuildState, String); 3]) {
        let failed = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        for (state, decided) in decided {
            if failed.is_none_or(|failed| state < failed) {
                course.done(state, decided);
            }
        }
    }
}
