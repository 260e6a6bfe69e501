//! The history that a run belongs to.

use std::cell::OnceCell;

use super::options::ProjectOptions;
use super::session::Session;
use super::wiring::{History, Project, World};
use crate::config::Overrides;

/// The history that a run belongs to: that of the project it opened, or, where it came to none, of what can be
/// found of one.
pub(super) struct RunHistory<'a> {
    session: &'a Session,
    options: &'a ProjectOptions,
    overrides: Overrides,
    known: OnceCell<History>,
}

impl<'a> RunHistory<'a> {
    /// Begins a run of which nothing is known but what was typed.
    pub(super) fn new(
        session: &'a Session,
        options: &'a ProjectOptions,
        overrides: Overrides,
    ) -> Self {
        Self {
            session,
            options,
            overrides,
            known: OnceCell::new(),
        }
    }

    /// Says which world the run is in.
    pub(super) fn is_of_world(&self, world: &World<'_>) {
        self.known.get_or_init(|| world.history());
    }

    /// Says which project the run is of.
    pub(super) fn is_of(&self, project: &Project) {
        // Without a cache folder there is no history.
        if let Ok(history) = History::of_project(self.session, project) {
            self.known.get_or_init(|| history);
        }
    }

    /// Returns the history; nothing where there is no project.
    pub(super) fn find(&self) -> Option<&History> {
        if let Some(history) = self.known.get() {
            return Some(history);
        }
        let found = History::find(self.session, self.options, &self.overrides)?;
        Some(self.known.get_or_init(|| found))
    }
}
