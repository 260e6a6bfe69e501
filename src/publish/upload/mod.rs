//! One blob into a repository, distribution-spec v1.1, "Pushing blobs": asked for, mounted, or
//! sent; and sent on where it broke off. Why whole first, and then in pieces: decision 8.

mod opened;
mod span;
mod step;
#[cfg(test)]
mod tests;

pub use opened::OpenedUpload;
pub use span::Span;
pub use step::{Step, Transfer, UploadAnswer, UploadError};

use url::Url;

use self::opened::PIECE_BYTES;
use crate::model::{Descriptor, Digest, Repository};

/// How often a blob is begun with again after answers that make no sense together. Connections that
/// break are counted by whoever makes them.
const FRESH_STARTS: usize = 2;

/// The upload of one blob. The caller does each [`Step`] and tells what came of it.
#[derive(Debug, Clone)]
pub struct Upload {
    digest: Digest,
    size_bytes: u64,
    mount_from: Option<Repository>,
    attempt: Attempt,
    way: Way,
    fresh_starts_left: usize,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Asking,
    Mounting(Repository),
    Starting,
    Sending(Session),
    Inquiring(Session),
    Done(Transfer),
}

/// An open upload, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    opened: OpenedUpload,
    /// How much of the blob the registry has.
    arrived_bytes: u64,
    /// How much it had when it was asked after a break. Has it no more after another, it is given up.
    told_bytes: Option<u64>,
}

/// Whether bytes of this blob have been on their way: then a blob that is there is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    First,
    Again,
}

/// How a blob is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In one request, which every registry takes.
    Whole,
    /// In pieces, after it did not arrive whole.
    Pieces,
    /// In one request, and never in pieces: this registry does not take them.
    OnlyWhole,
}

impl Upload {
    /// Begins with the blob of `descriptor`, which may be mounted from `mount_from`.
    pub fn new(descriptor: &Descriptor, mount_from: Option<Repository>) -> Self {
        Self {
            digest: descriptor.digest,
            size_bytes: descriptor.size_bytes,
            mount_from,
            attempt: Attempt::First,
            way: Way::Whole,
            fresh_starts_left: FRESH_STARTS,
            state: State::Asking,
        }
    }

    /// Asks for nothing: it is a blob that nobody else has.
    #[must_use]
    pub fn of_news(mut self) -> Self {
        self.state = State::Starting;
        self
    }

    /// Returns which blob it is.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns what to do now.
    pub fn step(&self) -> Step {
        match &self.state {
            State::Asking => Step::Ask,
            State::Mounting(from) => Step::Mount(from.clone()),
            State::Starting => Step::Start,
            State::Sending(session) => self.send(session),
            State::Inquiring(session) => Step::Inquire(session.opened.location.clone()),
            State::Done(transfer) => Step::Done(transfer.clone()),
        }
    }

    fn send(&self, session: &Session) -> Step {
        let start = session.arrived_bytes;
        let left = self.size_bytes - start;
        let piece = session.opened.piece_bytes;
        if self.way == Way::Pieces && left > piece {
            let url: Url = session.opened.location.clone();
            return Step::SendPiece(url, Span { start, len: piece });
        }
        Step::Send(session.opened.end(&self.digest), Span { start, len: left })
    }

    /// Goes on with an upload that is open already, in place of [`Step::Start`].
    pub fn opened(&mut self, opened: OpenedUpload) {
        self.state = State::Sending(Session {
            opened,
            arrived_bytes: 0,
            told_bytes: None,
        });
    }

    /// Goes on without the mount of [`Step::Mount`], which could not be asked for.
    pub fn not_mounted(&mut self) {
        if matches!(self.state, State::Mounting(_)) {
            self.state = self.after_absent();
        }
    }

    /// Goes on after the answer to the step.
    ///
    /// # Errors
    /// When there is no way on.
    pub fn answered(&mut self, answer: UploadAnswer<'_>) -> Result<(), UploadError> {
        let state = std::mem::replace(&mut self.state, State::Starting);
        match (state, answer.status) {
            (State::Asking, 200) if !self.is_other(answer) => {
                self.state = State::Done(self.found());
            }
            // Whoever cannot be asked, or answers for another blob, is sent it; and a mount that is
            // refused, for whatever reason, leaves the blob to be sent.
            (State::Asking, 200 | 404 | 405 | 501) | (State::Mounting(_), 400..=499) => {
                self.state = self.after_absent();
            }
            (State::Mounting(from), 201) => self.state = State::Done(Transfer::Mount(from)),
            (State::Mounting(_) | State::Starting, 202) => {
                self.opened(OpenedUpload::read(answer)?);
            }
            (State::Sending(session), _) => self.state = self.after_bytes(session, answer)?,
            (State::Inquiring(session), _) => self.state = self.after_inquiry(session, answer)?,
            (_, status) => return Err(UploadError::Refused(status)),
        }
        Ok(())
    }

    /// Goes on after bytes were sent and nobody said what became of them: asks first.
    pub fn interrupted(&mut self) {
        self.attempt = Attempt::Again;
        self.divide();
        let state = std::mem::replace(&mut self.state, State::Asking);
        if let State::Sending(session) = state {
            self.state = State::Inquiring(session);
        }
    }

    /// Takes care that the next break costs a piece alone.
    fn divide(&mut self) {
        if self.way == Way::Whole && self.size_bytes > PIECE_BYTES {
            self.way = Way::Pieces;
        }
    }

    fn found(&self) -> Transfer {
        match self.attempt {
            Attempt::First => Transfer::Present,
            Attempt::Again => Transfer::Upload,
        }
    }

    fn after_absent(&mut self) -> State {
        match self.mount_from.take() {
            Some(from) => State::Mounting(from),
            None => State::Starting,
        }
    }

    fn after_bytes(
        &mut self,
        session: Session,
        answer: UploadAnswer<'_>,
    ) -> Result<State, UploadError> {
        if let Step::SendPiece(_, piece) = self.send(&session) {
            return self.after_piece(session, piece, answer);
        }
        match answer.status {
            200..=299 if self.is_other(answer) => Err(UploadError::Digest {
                expected: self.digest,
                found: answer.digest.unwrap_or_default().to_owned(),
            }),
            200..=299 => Ok(State::Done(Transfer::Upload)),
            // What stands before a registry may limit what goes at once.
            413 if self.way == Way::Whole && self.size_bytes > PIECE_BYTES => {
                self.divide();
                Ok(State::Starting)
            }
            // A session that waited for the compiler, or was cut off, may be gone.
            404 => self.anew(UploadError::Refused(404)),
            416 => self.whole_anew(UploadError::Refused(416)),
            // Bytes that were sent on did not fit those before: the registry kept something else
            // than it said.
            400 if session.arrived_bytes > 0 => self.whole_anew(UploadError::Refused(400)),
            status => Err(UploadError::Refused(status)),
        }
    }

    fn after_piece(
        &mut self,
        mut session: Session,
        piece: Span,
        answer: UploadAnswer<'_>,
    ) -> Result<State, UploadError> {
        let status = answer.status;
        match status {
            200..=299 => {
                session.opened.go_on(answer)?;
                let sent_bytes = piece.start + piece.len;
                let told = answer.range.map(|range| arrived(range, piece));
                match told.unwrap_or(Some(sent_bytes)) {
                    Some(arrived_bytes) => {
                        session.arrived_bytes = arrived_bytes;
                        Ok(State::Sending(session))
                    }
                    None => self.whole_anew(UploadError::Range {
                        expected: format!("0-{}", sent_bytes - 1),
                        found: answer.range.unwrap_or_default().to_owned(),
                    }),
                }
            }
            // It has something else than it said before.
            416 => {
                self.whole_anew(UploadError::Refused(status))?;
                Ok(State::Inquiring(session))
            }
            401 | 403 | 413 | 429 => Err(UploadError::Refused(status)),
            404 => self.anew(UploadError::Refused(404)),
            // Not every registry takes pieces, and each says so in its own way.
            400..=499 | 501 => {
                self.way = Way::OnlyWhole;
                Ok(State::Starting)
            }
            _ => Err(UploadError::Refused(status)),
        }
    }

    fn after_inquiry(
        &mut self,
        mut session: Session,
        answer: UploadAnswer<'_>,
    ) -> Result<State, UploadError> {
        if !matches!(answer.status, 200..=299) {
            // The upload is gone: perhaps because it is done.
            return Ok(State::Asking);
        }
        let told = span::arrived_bytes(answer.range);
        let possible = told.filter(|bytes| *bytes <= self.size_bytes);
        let Some(arrived_bytes) = possible.filter(|_| told != session.told_bytes) else {
            return Ok(State::Starting);
        };
        session.opened.go_on(answer)?;
        session.arrived_bytes = arrived_bytes;
        session.told_bytes = told;
        Ok(State::Sending(session))
    }

    /// Begins with the first byte again; `error` is the end when that was done too often.
    fn anew(&mut self, error: UploadError) -> Result<State, UploadError> {
        self.fresh_starts_left = self.fresh_starts_left.checked_sub(1).ok_or(error)?;
        self.attempt = Attempt::Again;
        Ok(State::Starting)
    }

    /// As [`Upload::anew`], after answers that do not fit together, and in one request: whatever the
    /// registry and we understand differently does not come again then.
    fn whole_anew(&mut self, error: UploadError) -> Result<State, UploadError> {
        self.way = Way::OnlyWhole;
        self.anew(error)
    }

    fn is_other(&self, answer: UploadAnswer<'_>) -> bool {
        answer
            .digest
            .is_some_and(|found| found != self.digest.to_string())
    }
}

/// Returns how much is there after `piece` was sent: all of it, or a part that is to be continued.
fn arrived(range: &str, piece: Span) -> Option<u64> {
    let within = piece.start + 1..=piece.start + piece.len;
    span::arrived_bytes(Some(range)).filter(|bytes| within.contains(bytes))
}
