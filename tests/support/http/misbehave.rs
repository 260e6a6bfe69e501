//! Wraps an honest handler: every request is recorded, and suffers the fault that a test ordered for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::fault::{Act, Faults, redirect};
use super::record::{Entry, Journal};
use super::{Handler, HungUp};

/// A handler with a journal and a list of faults.
pub(crate) struct Misbehaving<H> {
    honest: H,
    journal: Journal,
    faults: Arc<Faults>,
}

impl<H: Handler> Misbehaving<H> {
    /// Wraps `honest`.
    pub(crate) fn new(honest: H, journal: Journal, faults: Arc<Faults>) -> Arc<Self> {
        Arc::new(Self {
            honest,
            journal,
            faults,
        })
    }

    /// Records the request, then answers it, honestly or not.
    pub(super) async fn answer(&self, request: Request) -> Result<Response, HungUp> {
        let (head, body) = request.into_parts();
        let entry = self.journal.arrived(&head);
        let act = self.faults.strike(&head);
        let request = self.recording(entry, Request::from_parts(head, body));
        let answer = match act {
            None => Ok(self.honest.answer(request).await),
            Some(act) => self.misbehave(act, request).await,
        };
        self.faults.waves.pass().await;
        if let Ok(response) = &answer {
            self.journal.answered(entry, response.status());
        }
        answer
    }

    /// Returns the request with a body that is recorded while it is read.
    fn recording(&self, entry: Entry, request: Request) -> Request {
        let journal = self.journal.clone();
        request.map(|body| {
            let pieces = body.into_data_stream();
            Body::from_stream(pieces.inspect_ok(move |piece| journal.received(entry, piece)))
        })
    }

    async fn misbehave(&self, act: Act, request: Request) -> Result<Response, HungUp> {
        match act {
            Act::Refuse(refusal) => {
                drain(request).await;
                Ok(refusal.into_response())
            }
            Act::Redirect(status, location) => {
                drain(request).await;
                Ok(redirect(status, &location))
            }
            Act::HangUp { after_bytes } => {
                let cut = request.map(|body| cut_after(body, after_bytes));
                self.honest.answer(cut).await;
                Err(HungUp)
            }
            Act::Stall => std::future::pending().await,
            Act::StallBody { after_bytes } => {
                let stalled = request.map(|body| stall_after(body, after_bytes));
                Ok(self.honest.answer(stalled).await)
            }
            Act::StallAnswer { after_bytes } => {
                let answer = self.honest.answer(request).await;
                Ok(announce_all(answer).map(|body| stall_after(body, after_bytes)))
            }
            Act::Dribble => Ok(announce_all(self.honest.answer(request).await).map(dribble)),
            Act::Swallow(done) => {
                self.honest.answer(request).await;
                done.store(true, Ordering::Release);
                std::future::pending().await
            }
            Act::CutAnswer { after_bytes } => {
                let answer = self.honest.answer(request).await;
                Ok(announce_all(answer).map(|body| cut_after(body, after_bytes)))
            }
            Act::Body(bytes) => {
                let answer = self.honest.answer(request).await;
                Ok(with_body(answer, bytes))
            }
            Act::Shorten => {
                let shorten = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len().saturating_sub(1));
                Ok(self.change_body(request, shorten).await)
            }
            Act::Corrupt => {
                let corrupt = |bytes: &mut Vec<u8>| bytes.iter_mut().take(1).for_each(|b| *b ^= 1);
                Ok(self.change_body(request, corrupt).await)
            }
            Act::Endless => Ok(endless(self.honest.answer(request).await)),
            Act::Header(name, value) => {
                let answer = self.honest.answer(request).await;
                Ok(with_header(answer, name, &value))
            }
            Act::Without(name) => {
                let mut answer = self.honest.answer(request).await;
                answer.headers_mut().remove(name);
                Ok(answer)
            }
        }
    }

    async fn change_body(&self, request: Request, change: impl Fn(&mut Vec<u8>)) -> Response {
        let (head, body) = self.honest.answer(request).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await;
        let mut bytes = bytes.expect("an honest body").to_vec();
        change(&mut bytes);
        with_body(Response::from_parts(head, Body::empty()), bytes)
    }
}

/// Reads the request to its end, so that the client sees the answer instead of a reset.
async fn drain(request: Request) {
    let mut pieces = request.into_body().into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}

fn with_body(answer: Response, bytes: Vec<u8>) -> Response {
    let (mut head, _) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(bytes))
}

/// Writes the body's whole length into the header, so that a body cut later is seen to be cut.
fn announce_all(mut answer: Response) -> Response {
    if let Some(length) = answer.body().size_hint().exact() {
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    answer
}

/// Returns a body that breaks after so many bytes, where it is longer.
fn cut_after(body: Body, after_bytes: usize) -> Body {
    let mut left = after_bytes;
    let pieces = body.into_data_stream().flat_map(move |piece| {
        let whole = piece.map_err(|_| HungUp);
        let kept = whole.map(|whole| (whole.slice(..whole.len().min(left)), whole.len() > left));
        stream::iter(match kept {
            Err(HungUp) => vec![Err(HungUp)],
            Ok((piece, true)) => vec![Ok(piece), Err(HungUp)],
            Ok((piece, false)) => {
                left -= piece.len();
                vec![Ok(piece)]
            }
        })
    });
    // What came before the break is on its way by then, instead of lost with it in a buffer.
    let pieces = pieces.then(|piece| async {
        if piece.is_err() {
            tokio::task::yield_now().await;
        }
        piece
    });
    Body::from_stream(pieces)
}

/// Returns a body that goes quiet after so many bytes.
fn stall_after(body: Body, after_bytes: usize) -> Body {
    let quiet = stream::once(std::future::pending::<Result<Bytes, HungUp>>());
    let begin = cut_after(body, after_bytes)
        .into_data_stream()
        .take_while(|piece| std::future::ready(piece.is_ok()))
        .map_err(|_| HungUp);
    Body::from_stream(begin.chain(quiet))
}

fn dribble(body: Body) -> Body {
    let bytes =
        |piece: Bytes| (0..piece.len()).map(move |at| Ok::<_, axum::Error>(piece.slice(at..=at)));
    let pieces = body
        .into_data_stream()
        .map_ok(move |piece| stream::iter(bytes(piece)))
        .try_flatten();
    Body::from_stream(pieces)
}

fn endless(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(TRANSFER_ENCODING);
    let spaces = Bytes::from(vec![b' '; 64 * 1024]);
    let for_ever = stream::repeat_with(move || Ok(spaces.clone()));
    Response::from_parts(
        head,
        Body::from_stream(body.into_data_stream().chain(for_ever)),
    )
}

fn with_header(mut answer: Response, name: &'static str, value: &str) -> Response {
    let value = value.parse().expect("a header value");
    answer
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
    answer
}
