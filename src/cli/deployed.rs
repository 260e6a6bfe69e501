//! How `deploy`, `rollback` and `status` end: what they print, and what of it goes into the history.

use super::run_history::RunHistory;
use super::session::{Outcome, Session, exit_code, print_data};
use super::sharing;
use super::telling::{Form, fail, json, keep, text};
use crate::model::{BuildError, ExitCode};
use crate::ports::{Clock as _, EventSink};
use crate::report::{Deployment, record_of_deploy, write_deployment};

/// What came of a run, and what failed in it; or why there is no document of it.
pub(super) type Deployed = Result<(Deployment, Vec<BuildError>), Vec<BuildError>>;

/// The history that a run is written into.
pub(super) struct Book<'a> {
    /// Which one.
    pub(super) history: RunHistory<'a>,
    /// Who may read it.
    pub(super) readers: Readers,
}

/// Who reads what is written into a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever the project shares its history with.
    All,
    /// Whoever looks on this machine.
    ThisMachine,
}

/// Does `work`, which tells how far it is, prints its document, and writes what came of it into `book`.
pub(super) fn told(
    session: &Session,
    form: Form,
    book: Option<&Book<'_>>,
    work: impl FnOnce(&dyn EventSink) -> Deployed,
) -> Outcome {
    let events = session.talker();
    let ended = work(&*events);
    drop(events);
    let (document, errors) = match ended {
        Ok((document, errors)) => (Some(document), session.told(errors)),
        Err(errors) => (None, session.told(errors)),
    };
    if let Some(book) = book {
        book.write(session, document.as_ref(), &errors);
    }
    let Some(document) = document else {
        return fail(session, form, errors);
    };
    let data = match form {
        Form::Json => json(&document),
        Form::Text => text("what runs", |to| write_deployment(to, &document)),
    };
    let unsaid = data.and_then(|data| print_data(&data)).err();
    let errors: Vec<BuildError> = errors.into_iter().chain(unsaid).collect();
    if errors.is_empty() {
        return Ok(ExitCode::Done);
    }
    Err(errors)
}

impl Book<'_> {
    /// Writes what came of a run. One that was not begun, as it was typed or configured wrong, is none.
    fn write(&self, session: &Session, document: Option<&Deployment>, errors: &[BuildError]) {
        let code = match errors {
            [] => ExitCode::Done,
            errors => exit_code(errors),
        };
        if document.is_none() && code == ExitCode::Usage {
            return;
        }
        let Some(history) = self.history.find() else {
            return;
        };
        let facts = history.facts(session, code);
        let seconds = session.clock.elapsed().as_secs_f64();
        let run = record_of_deploy(facts, seconds, document, errors);
        let run = keep(session, history, run);
        if self.readers == Readers::All {
            sharing::tell(session, history, &run);
        }
    }
}
