//! What the history is asked before a release is pushed.

use super::options::RunOptions;
use super::session::Session;
use super::sharing;
use super::wiring::{History, World};
use crate::history::{Outgoing, Past, Run};
use crate::model::{BuildError, Timestamp};
use crate::pipeline;

/// Refuses a release of which it is known that it does not come out the same twice. What cannot be known,
/// because those who may know are not asked or do not answer, or the history of this machine cannot be read, is
/// said and refuses nothing: that nobody compared refuses nothing either.
///
/// # Errors
/// One for each image and platform that came out otherwise.
pub(super) fn ask(
    session: &Session,
    world: &World<'_>,
    options: &RunOptions,
    outgoing: &[Outgoing],
) -> Result<(), Vec<BuildError>> {
    if !outgoing.iter().any(Outgoing::is_release) {
        return Ok(());
    }
    let (history, now) = (world.history(), Session::now());
    let others = others(session, &history, options, now);
    let (shelf, project) = (history.shelf(), &history.project);
    let past = pipeline::own_past(shelf, project, now).unwrap_or_else(|error| {
        not_known(session, "this machine", &error.in_one_line());
        Past::default()
    });
    pipeline::refuse_unreproduced(past, outgoing, others, now)
}

/// Returns what others found, as far as they can be asked.
fn others(session: &Session, history: &History, options: &RunOptions, now: Timestamp) -> Vec<Run> {
    if options.offline {
        // Nobody is asked by this: it only tells whether there is somebody to ask.
        if history.with_shared(session, |_| Ok(())).is_some() {
            not_known(session, OTHERS, "--offline keeps from asking");
        }
        return Vec::new();
    }
    match sharing::asked(session, history, now) {
        Ok(runs) => runs,
        Err(error) => {
            not_known(session, OTHERS, &error.in_one_line());
            Vec::new()
        }
    }
}

/// Those who may know beside this machine.
const OTHERS: &str = "machines that share the history";

fn not_known(session: &Session, by: &str, why: &str) {
    session.say(&format!(
        "warning: whether {by} found that this release does not come out the same twice is not known: {why}"
    ));
    session.say("  hint: compare here before it is pushed: coracle reproduce");
}
