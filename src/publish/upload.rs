//! One blob into a repository, distribution-spec v1.1, "Pushing blobs": asked for, mounted, or
//! sent whole.

use url::Url;

use super::redirect::{RedirectError, resolve_location};
use crate::model::{Digest, Repository};

/// How a blob came to where it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transfer {
    /// It was there already.
    Present,
    /// The registry took it from another repository of its own.
    Mount(Repository),
    /// It was sent.
    Upload,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// HEAD of the blob.
    Ask,
    /// POST of an upload that mounts the blob from a repository.
    Mount(Repository),
    /// POST of an upload.
    Start,
    /// PUT of the whole blob to this URL.
    Send(Url),
    /// Nothing: the blob is there.
    Done(Transfer),
}

/// What a registry answered, as far as uploads look at it.
#[derive(Debug, Clone, Copy)]
pub struct UploadAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The URL that answered.
    pub url: &'a Url,
    /// The header `Location`.
    pub location: Option<&'a str>,
    /// The header `Docker-Content-Digest`.
    pub digest: Option<&'a str>,
}

/// Why an upload ends without its blob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// The answer is no.
    #[error("it answered {0}")]
    Refused(u16),
    /// The answer to the start of an upload names no place to send the blob to.
    #[error("it opened an upload without a Location")]
    NoLocation,
    /// It names one that must not be used.
    #[error(transparent)]
    Location(#[from] RedirectError),
    /// It kept something else than it was sent.
    #[error("it keeps what was sent under another digest, expected {expected}, found {found:?}")]
    Digest {
        /// What was sent.
        expected: Digest,
        /// What it says.
        found: String,
    },
}

/// The upload of one blob. The caller does each [`Step`] and tells what came of it.
#[derive(Debug, Clone)]
pub struct Upload {
    digest: Digest,
    mount_from: Option<Repository>,
    attempt: Attempt,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Asking,
    Mounting(Repository),
    Starting,
    Sending(Url),
    Done(Transfer),
}

/// Whether bytes of this blob have been on their way: then a blob that is there is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    First,
    Again,
}

impl Upload {
    /// Begins with the blob `digest`, which may be mounted from `mount_from`.
    pub fn new(digest: Digest, mount_from: Option<Repository>) -> Self {
        Self {
            digest,
            mount_from,
            attempt: Attempt::First,
            state: State::Asking,
        }
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
            State::Sending(location) => Step::Send(with_digest(location, &self.digest)),
            State::Done(transfer) => Step::Done(transfer.clone()),
        }
    }

    /// Goes on with an upload that is open already, in place of [`Step::Start`].
    pub fn opened(&mut self, session: Url) {
        self.state = State::Sending(session);
    }

    /// Goes on after the answer to the step.
    ///
    /// # Errors
    /// When there is no way on.
    pub fn answered(&mut self, answer: UploadAnswer<'_>) -> Result<(), UploadError> {
        self.state = match (&self.state, answer.status) {
            (State::Asking, 200) => State::Done(self.found()),
            (State::Mounting(from), 201) => State::Done(Transfer::Mount(from.clone())),
            (State::Mounting(_) | State::Starting, 202) => State::Sending(location(answer)?),
            // A mount that is refused, for whatever reason, leaves the blob to be sent.
            (State::Asking, 404) | (State::Mounting(_), 400..=499) => self.after_absent(),
            (State::Sending(_), 200..=299) => {
                self.check(answer)?;
                State::Done(Transfer::Upload)
            }
            // A session that waited for the compiler, or was cut off, may be gone.
            (State::Sending(_), 404 | 416) if self.attempt == Attempt::First => {
                self.attempt = Attempt::Again;
                State::Starting
            }
            (_, status) => return Err(UploadError::Refused(status)),
        };
        Ok(())
    }

    /// Goes on after the blob was sent and nobody said what became of it: asks first.
    pub fn interrupted(&mut self) {
        self.attempt = Attempt::Again;
        self.state = State::Asking;
    }

    fn found(&self) -> Transfer {
        match self.attempt {
            Attempt::First => Transfer::Present,
            Attempt::Again => Transfer::Upload,
        }
    }

    fn after_absent(&mut self) -> State {
        if let Some(from) = self.mount_from.take() {
            return State::Mounting(from);
        }
        State::Starting
    }

    fn check(&self, answer: UploadAnswer<'_>) -> Result<(), UploadError> {
        match answer.digest {
            Some(found) if found != self.digest.to_string() => Err(UploadError::Digest {
                expected: self.digest,
                found: found.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// Returns where an opened upload goes on.
///
/// # Errors
/// When the answer does not say, or names a place that must not be used.
pub fn location(answer: UploadAnswer<'_>) -> Result<Url, UploadError> {
    let location = answer.location.ok_or(UploadError::NoLocation)?;
    Ok(resolve_location(answer.url, location)?)
}

/// A Location is used as it came, whatever its query means to the registry.
fn with_digest(location: &Url, digest: &Digest) -> Url {
    let mut url = location.clone();
    let digest = format!("digest={digest}");
    let query = match location.query() {
        Some(query) if !query.is_empty() => format!("{query}&{digest}"),
        _ => digest,
    };
    url.set_query(Some(&query));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: Option<&str> = Some("/v2/app/blobs/uploads/1?_state=a%3D%3D");

    fn digest() -> Digest {
        Digest::of(b"{}")
    }

    fn base() -> Repository {
        "r.example/base".parse().unwrap()
    }

    fn upload(mount_from: Option<Repository>) -> Upload {
        Upload::new(digest(), mount_from)
    }

    fn answer(
        upload: &mut Upload,
        status: u16,
        location: Option<&str>,
    ) -> Result<Step, UploadError> {
        let url = Url::parse("https://r.example/v2/app/blobs/uploads/").unwrap();
        upload.answered(UploadAnswer {
            status,
            url: &url,
            location,
            digest: None,
        })?;
        Ok(upload.step())
    }

    fn send() -> Step {
        let url = format!(
            "https://r.example/v2/app/blobs/uploads/1?_state=a%3D%3D&digest={}",
            digest()
        );
        Step::Send(url.parse().unwrap())
    }

    #[test]
    fn a_blob_that_is_there_is_not_sent() {
        let mut upload = upload(Some(base()));
        assert_eq!(upload.step(), Step::Ask);
        assert_eq!(
            answer(&mut upload, 200, None),
            Ok(Step::Done(Transfer::Present))
        );
    }

    #[test]
    fn a_blob_is_sent_whole_in_two_requests() {
        let mut upload = upload(None);
        assert_eq!(answer(&mut upload, 404, None), Ok(Step::Start));
        assert_eq!(answer(&mut upload, 202, OPENED), Ok(send()));
        assert_eq!(
            answer(&mut upload, 201, None),
            Ok(Step::Done(Transfer::Upload))
        );
    }

    #[test]
    fn a_mount_that_is_not_taken_becomes_an_upload() {
        for (status, location, next) in [
            (201, None, Step::Done(Transfer::Mount(base()))),
            (202, OPENED, send()),
            (403, None, Step::Start),
            (405, None, Step::Start),
        ] {
            let mut upload = upload(Some(base()));
            assert_eq!(answer(&mut upload, 404, None), Ok(Step::Mount(base())));
            assert_eq!(answer(&mut upload, status, location), Ok(next), "{status}");
        }
    }

    #[test]
    fn an_open_session_is_used_and_a_stale_one_replaced_once() {
        let session =
            Url::parse("https://r.example/v2/app/blobs/uploads/1?_state=a%3D%3D").unwrap();
        let mut upload = upload(None);
        assert_eq!(answer(&mut upload, 404, None), Ok(Step::Start));
        upload.opened(session);
        assert_eq!(upload.step(), send());
        assert_eq!(answer(&mut upload, 404, None), Ok(Step::Start));
        assert_eq!(answer(&mut upload, 202, OPENED), Ok(send()));
        assert_eq!(
            answer(&mut upload, 404, None),
            Err(UploadError::Refused(404))
        );
    }

    #[test]
    fn after_a_lost_answer_the_registry_is_asked_what_it_has() {
        for (status, next) in [(200, Step::Done(Transfer::Upload)), (404, Step::Start)] {
            let mut upload = upload(None);
            answer(&mut upload, 404, None).unwrap();
            answer(&mut upload, 202, OPENED).unwrap();
            upload.interrupted();
            assert_eq!(upload.step(), Step::Ask);
            assert_eq!(answer(&mut upload, status, None), Ok(next));
        }
    }

    #[test]
    fn a_refusal_or_nonsense_is_the_end() {
        assert_eq!(
            answer(&mut upload(None), 403, None),
            Err(UploadError::Refused(403))
        );
        let mut started = upload(None);
        answer(&mut started, 404, None).unwrap();
        assert_eq!(
            answer(&mut started.clone(), 202, None),
            Err(UploadError::NoLocation)
        );
        let insecure = answer(&mut started.clone(), 202, Some("http://r.example/1"));
        assert!(matches!(insecure, Err(UploadError::Location(_))));
        answer(&mut started, 202, OPENED).unwrap();
        let url = Url::parse("https://r.example/").unwrap();
        let other = UploadAnswer {
            status: 201,
            url: &url,
            location: None,
            digest: Some("sha256:1"),
        };
        assert!(matches!(
            started.answered(other),
            Err(UploadError::Digest { .. })
        ));
    }
}
