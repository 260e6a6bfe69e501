//! The states that a build goes through, and the courses that there are.

use std::collections::BTreeMap;
use std::fmt;

/// A state of a build. The one that something fails in, it does not leave.
///
/// ```
/// # use coracle::model::BuildState;
/// assert!(BuildState::VerifyChecksums < BuildState::Build);
/// assert_eq!(BuildState::DownloadGo.to_string(), "DownloadGo");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuildState {
    /// Which Go compiles is decided.
    CheckGoVersion,
    /// That Go is fetched, and proven.
    DownloadGo,
    /// The modules that are missing are fetched.
    DownloadDeps,
    /// Modules are compared with go.sum.
    VerifyChecksums,
    /// Source becomes programs.
    Build,
    /// Programs become images, or files, where they are to be.
    ProduceArtifact,
}

impl BuildState {
    /// Returns the state that reports call `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut all = Route::Fetching.states().iter().copied();
        all.find(|state| state.as_str() == name)
    }

    /// Returns the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CheckGoVersion => "CheckGoVersion",
            Self::DownloadGo => "DownloadGo",
            Self::DownloadDeps => "DownloadDeps",
            Self::VerifyChecksums => "VerifyChecksums",
            Self::Build => "Build",
            Self::ProduceArtifact => "ProduceArtifact",
        }
    }
}

impl fmt::Display for BuildState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a build has to go through: there is no other order than these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Everything is there already.
    Unchanged,
    /// No program has to be compiled.
    Kept,
    /// The machine's Go compiles.
    Matching,
    /// A Go that is fetched compiles: this goes through all states.
    Fetching,
}

impl Route {
    fn states(self) -> &'static [BuildState] {
        use BuildState::{
            Build, CheckGoVersion, DownloadDeps, DownloadGo, ProduceArtifact, VerifyChecksums,
        };
        match self {
            Self::Unchanged => &[CheckGoVersion],
            Self::Kept => &[CheckGoVersion, ProduceArtifact],
            Self::Matching => &[
                CheckGoVersion,
                DownloadDeps,
                VerifyChecksums,
                Build,
                ProduceArtifact,
            ],
            Self::Fetching => &[
                CheckGoVersion,
                DownloadGo,
                DownloadDeps,
                VerifyChecksums,
                Build,
                ProduceArtifact,
            ],
        }
    }
}

/// A build on its route. The work of several states goes on at once; a state is passed when its work
/// and that of all before it is done.
///
/// ```
/// # use coracle::model::{BuildState, Course, Route};
/// let mut course = Course::on(Route::Kept);
/// assert!(course.done(BuildState::ProduceArtifact, "1 image").is_empty());
/// let passed = course.done(BuildState::CheckGoVersion, "go 1.26.8");
/// assert_eq!(passed.len(), 2);
/// ```
#[derive(Debug)]
pub struct Course {
    left: &'static [BuildState],
    done: BTreeMap<BuildState, String>,
}

/// A state that was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The state.
    pub state: BuildState,
    /// What decided: `12 modules downloaded`.
    pub decided: String,
}

impl Course {
    /// Begins.
    pub fn on(route: Route) -> Self {
        Self {
            left: route.states(),
            done: BTreeMap::new(),
        }
    }

    /// Says that the work of `state` is done, and what decided; returns the states that are passed
    /// by that, in their order. A state that is not on the route, or was passed, is never passed.
    pub fn done(&mut self, state: BuildState, decided: impl fmt::Display) -> Vec<Passed> {
        self.done
            .entry(state)
            .or_insert_with(|| decided.to_string());
        let mut passed = Vec::new();
        while let Some((&state, left)) = self.left.split_first() {
            let Some(decided) = self.done.remove(&state) else {
                break;
            };
            passed.push(Passed { state, decided });
            self.left = left;
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(passed: Vec<Passed>) -> Vec<BuildState> {
        passed.into_iter().map(|it| it.state).collect()
    }

    #[test]
    fn no_state_is_passed_before_those_before_it() {
        let mut course = Course::on(Route::Fetching);
        for early in [BuildState::Build, BuildState::DownloadDeps] {
            assert_eq!(states(course.done(early, "")), []);
        }
        let passed = states(course.done(BuildState::CheckGoVersion, ""));
        assert_eq!(passed, [BuildState::CheckGoVersion]);
        let passed = states(course.done(BuildState::DownloadGo, ""));
        assert_eq!(passed, [BuildState::DownloadGo, BuildState::DownloadDeps]);
        // The program is compiled, and nobody knows of what.
        assert_eq!(states(course.done(BuildState::ProduceArtifact, "")), []);
        let passed = states(course.done(BuildState::VerifyChecksums, ""));
        let rest = [
            BuildState::VerifyChecksums,
            BuildState::Build,
            BuildState::ProduceArtifact,
        ];
        assert_eq!(passed, rest);
    }

    #[test]
    fn what_is_not_on_the_route_is_never_passed_and_nothing_is_twice() {
        let mut course = Course::on(Route::Unchanged);
        assert_eq!(states(course.done(BuildState::Build, "")), []);
        let check = BuildState::CheckGoVersion;
        assert_eq!(states(course.done(check, "")), [check]);
        assert_eq!(states(course.done(check, "")), []);
        assert_eq!(states(course.done(BuildState::ProduceArtifact, "")), []);
    }

    #[test]
    fn every_route_is_in_the_order_of_the_states() {
        for route in [
            Route::Unchanged,
            Route::Kept,
            Route::Matching,
            Route::Fetching,
        ] {
            let states = route.states();
            assert!(states.is_sorted(), "{route:?}");
            assert_eq!(states[0], BuildState::CheckGoVersion);
        }
    }
}
