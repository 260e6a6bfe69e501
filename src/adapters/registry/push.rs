//! One blob into a repository.

use std::cell::OnceCell;

use url::Url;

use super::access::Access;
use super::call::Manner;
use super::listeners::Listener;
use super::manifests::{self, CONTENT_DIGEST};
use super::publisher::RegistryPublisher;
use super::registry_error::RegistryError;
use super::shelf::{Claim, Errand};
use crate::adapters::http::header::{
    CONTENT_RANGE, CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION, RANGE, RETRY_AFTER,
};
use crate::adapters::http::{Body, Method, Observer as _, Pieces, Request, Response};
use crate::model::{Blob, Event, Phase, Repository, Work};
use crate::ports::Progress;
use crate::publish::{
    BlobTransfer, Retries, RetryPolicy, Span, Step, Transfer, Upload, UploadAnswer, UploadError,
};

/// By which a registry says how much must go at once.
const LEAST_PIECE: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// Of smaller blobs it is not noted where they are: to send them is no more work than to mount them.
const SMALLEST_NOTED: u64 = 64 << 10;

impl RegistryPublisher<'_> {
    /// Brings the blob of `transfer` into a repository, and returns how many bytes were sent, also
    /// by [`RegistryPublisher::bring_blob`].
    pub(super) fn push_blob(
        &self,
        access: &Access,
        transfer: &BlobTransfer,
    ) -> Result<u64, RegistryError> {
        match self.claim(access, transfer) {
            Claim::Held(untold_bytes) => Ok(untold_bytes),
            Claim::Ours(errand) => {
                let sent_bytes = self.carry(access, transfer, &errand)?;
                errand.arrived(0);
                Ok(sent_bytes)
            }
        }
    }

    /// Brings a blob into a repository that was made in this run, and that nobody can have brought there.
    pub(super) fn push_news(&self, access: &Access, blob: &Blob) -> Result<(), RegistryError> {
        let digest = blob.descriptor.digest;
        if let Claim::Ours(errand) = self.shelf.claim(digest, &access.repository) {
            let upload = Upload::new(&blob.descriptor, None).of_news();
            self.carry_on(access, blob, upload)?;
            errand.arrived(0);
        }
        Ok(())
    }

    /// Brings the blob of `transfer` into a repository; who pushes it then is told of the bytes.
    pub(super) fn bring_blob(
        &self,
        access: &Access,
        transfer: &BlobTransfer,
    ) -> Result<(), RegistryError> {
        if let Claim::Ours(errand) = self.claim(access, transfer) {
            let sent_bytes = self.carry(access, transfer, &errand)?;
            errand.arrived(sent_bytes);
        }
        Ok(())
    }

    fn claim(&self, access: &Access, transfer: &BlobTransfer) -> Claim<'_> {
        let digest = transfer.blob.descriptor.digest;
        self.shelf.claim(digest, &access.repository)
    }

    fn carry(
        &self,
        access: &Access,
        transfer: &BlobTransfer,
        errand: &Errand<'_>,
    ) -> Result<u64, RegistryError> {
        let descriptor = &transfer.blob.descriptor;
        let (what, repository) = (descriptor.digest, &access.repository);
        let is_worth_a_note = descriptor.size_bytes >= SMALLEST_NOTED;
        let seen = || {
            let holder = self.places.holder(what, repository.host());
            holder.filter(|holder| is_worth_a_note && holder != repository)
        };
        let known = errand
            .holder
            .clone()
            .or_else(|| transfer.mount_from.clone());
        let done = self.upload(access, &transfer.blob, known.or_else(seen))?;
        if is_worth_a_note {
            self.places.note(what, repository);
        }
        let message = match done {
            Transfer::Upload => return Ok(descriptor.size_bytes),
            Transfer::Present => format!("{repository} has {what} already"),
            Transfer::Mount(from) => format!("{repository} took {what} from {from}"),
        };
        self.sink.emit(Event::Noted {
            phase: Phase::Publish,
            message,
        });
        Ok(0)
    }

    fn upload(
        &self,
        access: &Access,
        blob: &Blob,
        mount_from: Option<Repository>,
    ) -> Result<Transfer, RegistryError> {
        self.carry_on(access, blob, Upload::new(&blob.descriptor, mount_from))
    }

    fn carry_on(
        &self,
        access: &Access,
        blob: &Blob,
        mut upload: Upload,
    ) -> Result<Transfer, RegistryError> {
        let mut sending = None;
        loop {
            match upload.step() {
                Step::Done(transfer) => return Ok(transfer),
                // Where one that was open before is lost, those beside it are as old: the next is new.
                Step::Start
                    if sending.is_none()
                        && let Some(session) = self.sessions.take(&access.repository) =>
                {
                    upload.opened(session);
                }
                Step::SendPiece(url, span) => {
                    let sending = self.sending(&mut sending, access, blob)?;
                    let request = sending.request(Method::PATCH, url, span)?;
                    self.send(access, &mut upload, &request, span, sending)?;
                }
                Step::Send(url, span) => {
                    let sending = self.sending(&mut sending, access, blob)?;
                    let request = sending.request(Method::PUT, url, span)?;
                    self.send(access, &mut upload, &request, span, sending)?;
                }
                step => self.ask(access, &mut upload, step)?,
            }
        }
    }

    /// Does a step that sends no bytes.
    fn ask(&self, access: &Access, upload: &mut Upload, step: Step) -> Result<(), RegistryError> {
        let digest = upload.digest();
        let is_mount = matches!(step, Step::Mount(_));
        let post = |url| Request::new(Method::POST, url);
        let (access, request, errand) = match step {
            Step::Mount(from) => {
                let errand = format!("the mount of {digest} from {from}");
                (
                    &access.also_pull(&from),
                    post(access.mount(digest, &from)),
                    errand,
                )
            }
            Step::Start => (
                access,
                post(access.uploads()),
                format!("the start of the upload of {digest}"),
            ),
            Step::Inquire(url) => {
                let errand = format!("the question how much of {digest} has arrived");
                (access, Request::get(url), errand)
            }
            _ => {
                let request = Request::new(Method::HEAD, access.blob(digest));
                (access, request, format!("the request for blob {digest}"))
            }
        };
        let listener = Listener::of_waits(self.sink, Phase::Publish);
        let manner = Manner {
            retry: self.registries.settings.retry,
            observer: &listener,
        };
        match self.registries.call(access, &errand, &request, manner) {
            Ok(answer) => answered(upload, answer, &errand),
            // No token to read the other repository: the blob can still be sent.
            Err(RegistryError::Refused {
                status: 400..=499, ..
            }) if is_mount => {
                upload.not_mounted();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Sends bytes, once. Where nobody says what became of them, the upload goes on with a question.
    fn send(
        &self,
        access: &Access,
        upload: &mut Upload,
        request: &Request,
        span: Span,
        sending: &mut Sending<'_>,
    ) -> Result<(), RegistryError> {
        sending.listener.begin_at(span.start);
        let errand = format!("the upload of blob {}", upload.digest());
        let manner = Manner {
            retry: RetryPolicy::NEVER,
            observer: &sending.listener,
        };
        let answer = self.registries.call(access, &errand, request, manner);
        let wait = match &answer {
            Ok(answer) => sending.retries.after_answer(
                answer.status().as_u16(),
                answer.header(&RETRY_AFTER),
                answer.header(&DATE),
            ),
            Err(error) if error.is_transient() => sending.retries.after_break(),
            Err(_) => None,
        };
        let Some(wait) = wait else {
            return answered(upload, answer?, &errand);
        };
        let reason = match &answer {
            Ok(answer) => {
                format!(
                    "{} answered {} to {errand}",
                    answer.authority(),
                    answer.status().as_u16()
                )
            }
            Err(error) => error.in_one_line(),
        };
        sending.listener.waits(&reason, wait);
        upload.interrupted();
        self.registries
            .client
            .wait(wait)
            .map_err(|error| RegistryError::no_answer(&errand, error))
    }

    /// Returns what sends `blob`, which is brought near before its first byte is sent.
    fn sending<'a, 'b>(
        &'a self,
        begun: &'b mut Option<Sending<'a>>,
        access: &Access,
        blob: &Blob,
    ) -> Result<&'b mut Sending<'a>, RegistryError> {
        if begun.is_none() {
            self.bring_near(access, blob)?;
        }
        let digest = blob.descriptor.digest.to_hex();
        let subject = format!("{} sha256:{}", access.repository, &digest[..12]);
        let work = Work::new(Phase::Publish, subject);
        Ok(begun.get_or_insert_with(|| Sending {
            blob: blob.clone(),
            pieces: Pieces::of(blob),
            listener: Listener::of_work(self.sink, work, blob.descriptor.size_bytes),
            retries: self.registries.settings.retry.begin(),
        }))
    }

    /// Layers of a base may still be in another registry.
    fn bring_near(&self, access: &Access, blob: &Blob) -> Result<(), RegistryError> {
        let descriptor = &blob.descriptor;
        let progress = OnceCell::new();
        let start = || {
            let work = Work::new(Phase::Base, descriptor.digest.to_string());
            Progress::start(self.sink, work, Some(descriptor.size_bytes))
        };
        blob.fetch(&|bytes| progress.get_or_init(start).advance(bytes))
            .map_err(|error| {
                RegistryError::Blob(
                    format!("{} for {}", descriptor.digest, access.repository),
                    error,
                )
            })
    }
}

/// The attempts to send one blob.
struct Sending<'a> {
    blob: Blob,
    pieces: Pieces,
    listener: Listener<'a>,
    retries: Retries,
}

impl Sending<'_> {
    fn request(&self, method: Method, url: Url, span: Span) -> Result<Request, RegistryError> {
        let octets = HeaderValue::from_static("application/octet-stream");
        let request = Request::new(method, url).header(CONTENT_TYPE, octets);
        if span.len == self.blob.descriptor.size_bytes {
            return Ok(request.body(Body::Blob(self.blob.clone())));
        }
        let Some(range) = span.content_range() else {
            return Ok(request);
        };
        let range = manifests::header(&range, "the upload of a part")?;
        Ok(request
            .header(CONTENT_RANGE, range)
            .body(Body::Piece(self.pieces.clone(), span)))
    }
}

/// Returns what uploads look at in an answer.
pub(super) fn upload_answer(answer: &Response) -> UploadAnswer<'_> {
    UploadAnswer {
        status: answer.status().as_u16(),
        url: answer.url(),
        location: answer.header(&LOCATION),
        range: answer.header(&RANGE),
        least_piece: answer.header(&LEAST_PIECE),
        digest: answer.header(&CONTENT_DIGEST),
    }
}

fn answered(upload: &mut Upload, answer: Response, errand: &str) -> Result<(), RegistryError> {
    upload
        .answered(upload_answer(&answer))
        .map_err(|error| match error {
            UploadError::Refused(_) => RegistryError::refused(answer, errand),
            error => RegistryError::unusable(&answer.authority(), errand, error),
        })
}
