//! What a program of others did, as it tells itself.

use std::time::Duration;

/// What one program has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// The program, and for what it was run: `go build linux/amd64`.
    pub of: String,
    /// The parts of its work, in any order; several may have gone on at once.
    pub actions: Vec<Action>,
}

/// One part of a program's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it was: `compile net/http`.
    pub name: String,
    /// When it began, since the start of the run.
    pub started: Duration,
    /// When it ended, since the start of the run.
    pub ended: Duration,
}
