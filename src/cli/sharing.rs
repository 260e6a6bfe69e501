//! The history that several machines share: told at the end of a run, asked before one is judged. No run
//! fails by it.

use super::session::Session;
use super::wiring::History;
use crate::history::Run;
use crate::model::{BuildError, Timestamp};
use crate::pipeline;

/// Tells others of a run that is in the history, where the project shares it.
pub(super) fn tell(session: &Session, history: &History, run: &Run) {
    if session.is_stopped() {
        return;
    }
    let told = history.with_shared(session, |shared| shared.tell(run));
    if let Some(Err(error)) = told {
        warn(session, &error);
    }
}

/// Returns the runs that others told of and that are not in the history of this machine, and keeps them
/// there.
pub(super) fn told(session: &Session, history: &History, now: Timestamp) -> Vec<Run> {
    asked(session, history, now).unwrap_or_else(|error| {
        warn(session, &error);
        Vec::new()
    })
}

/// Returns what [`told`] does.
///
/// # Errors
/// When others cannot be asked.
pub(super) fn asked(
    session: &Session,
    history: &History,
    now: Timestamp,
) -> Result<Vec<Run>, BuildError> {
    let (shelf, project) = (history.shelf(), &history.project);
    let told = history.with_shared(session, |shared| {
        pipeline::told(shelf, shared, project, now)
    });
    let Some(told) = told.transpose()? else {
        return Ok(Vec::new());
    };
    if told.set_aside > 0 {
        session.say(&format!(
            "warning: {} of the records that others told are harmed or of a later version, and set aside",
            told.set_aside
        ));
    }
    Ok(told.runs)
}

fn warn(session: &Session, error: &BuildError) {
    session.say(&format!(
        "warning: {}: {}",
        error.target,
        error.in_one_line()
    ));
}
