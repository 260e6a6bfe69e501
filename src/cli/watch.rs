//! `--watch`: what a verb does, done again whenever a file has changed.

use super::session::{Outcome, Session};
use super::wiring::WatchedFiles;

/// Does `round`, and does it again whenever one of `files` has changed, until it is told to stop. A round that fails
/// is told of, and ends nothing.
pub(super) fn watch(
    session: &Session,
    files: &WatchedFiles,
    mut round: impl FnMut(&Session) -> Outcome,
) -> Outcome {
    loop {
        // What changes during the round is another change.
        let seen = files.look();
        let once = session.again();
        let failed = round(&once).err().unwrap_or_default();
        if !session.is_stopped() {
            session.show_all(&failed);
            session.say("waiting for a change; Ctrl-C ends it");
            files.wait(&seen, &session.cancellation);
        }
        if let Some(reason) = session.cancellation.reason() {
            return Ok(reason.exit_code());
        }
    }
}
