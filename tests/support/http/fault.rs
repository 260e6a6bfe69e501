//! The faults that a test can order: on which requests, how often, and what happens then.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use httpdate::fmt_http_date;

use super::waves::Waves;

/// One fault: a request that matches suffers `act`, as often as was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    method: Option<Method>,
    path: String,
    /// Only requests with a body longer than this suffer it.
    body_over: Option<u64>,
    spared: usize,
    times: usize,
    act: Act,
}

impl Fault {
    /// Returns a fault of every request with this method whose path matches; a `*` stands for any text.
    pub(crate) fn on(method: Method, path: &str, act: Act) -> Self {
        Self {
            method: Some(method),
            path: path.to_owned(),
            body_over: None,
            spared: 0,
            times: usize::MAX,
            act,
        }
    }

    /// Returns a fault of the request with this number, the first being 0, whatever it asks for.
    pub(crate) fn on_number(number: usize, act: Act) -> Self {
        Self {
            method: None,
            path: "*".to_owned(),
            body_over: None,
            spared: number,
            times: 1,
            act,
        }
    }

    /// Returns a fault of every request whose path matches, whatever its method.
    pub(crate) fn at(path: &str, act: Act) -> Self {
        Self {
            method: None,
            ..Self::on(Method::GET, path, act)
        }
    }

    /// Limits the fault to the first `times` matching requests.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Spares requests that announce no body of more bytes than this.
    pub(crate) fn with_body_over(self, bytes: u64) -> Self {
        Self {
            body_over: Some(bytes),
            ..self
        }
    }

    /// Spares the first `spared` matching requests.
    pub(crate) fn after(self, spared: usize) -> Self {
        Self { spared, ..self }
    }

    /// Returns what to do to this request, and counts it.
    fn strike(&mut self, head: &Parts) -> Option<Act> {
        let is_method = |method: &Method| *method == head.method;
        let length = head.headers.get(CONTENT_LENGTH);
        let body_bytes = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let is_meant = self.method.as_ref().is_none_or(is_method)
            && self
                .body_over
                .is_none_or(|limit| body_bytes.is_some_and(|bytes| bytes > limit))
            && matches(&self.path, head.uri.path());
        if self.times == 0 || !is_meant {
            return None;
        }
        if self.spared > 0 {
            self.spared -= 1;
            return None;
        }
        self.times -= 1;
        Some(self.act.clone())
    }
}

/// What a server does wrong.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with an error instead.
    Refuse(Refusal),
    /// Sends the client elsewhere with this status.
    Redirect(StatusCode, String),
    /// Takes this many bytes of the request's body, handles them, and hangs up before the answer.
    HangUp { after_bytes: usize },
    /// Announces the whole answer, sends this many bytes of its body, and hangs up.
    CutAnswer { after_bytes: usize },
    /// Announces the whole answer, sends this many bytes of its body, and keeps the connection open.
    StallAnswer { after_bytes: usize },
    /// Never answers, and keeps the connection open.
    Stall,
    /// Takes this many bytes of the request's body, then neither more of it nor leave.
    StallBody { after_bytes: usize },
    /// Answers honestly, byte by byte.
    Dribble,
    /// Does what it is asked, tells that by the flag, and never answers.
    Swallow(Arc<AtomicBool>),
    /// Answers honestly, but with another body of matching length.
    Body(Vec<u8>),
    /// Answers honestly, but leaves out the body's last byte.
    Shorten,
    /// Answers honestly, but changes the body's first byte.
    Corrupt,
    /// Answers honestly, but goes on for ever after the body.
    Endless,
    /// Answers honestly, but with this header.
    Header(&'static str, String),
    /// Answers honestly, but leaves out this header.
    Without(&'static str),
}

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    retry_after: Option<RetryAfter>,
    challenge: Option<String>,
    content_type: &'static str,
    body: String,
}

/// The two forms of the Retry-After header.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date, this long after the answer.
    Date(Duration),
    /// As `Date`, by a clock that is a day ahead of ours.
    DateOfTomorrow(Duration),
}

impl Refusal {
    /// Returns an error of the distribution specification's form.
    pub(crate) fn new(status: StatusCode, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]});
        Self {
            status,
            retry_after: None,
            challenge: None,
            content_type: "application/json",
            body: body.to_string(),
        }
    }

    /// Returns an error with nothing but its status, as proxies send them.
    pub(crate) fn bare(status: StatusCode) -> Self {
        Self::text(status, "")
    }

    /// Returns an error with a body that is not of the specification's form.
    pub(crate) fn text(status: StatusCode, body: &str) -> Self {
        Self {
            status,
            retry_after: None,
            challenge: None,
            content_type: "text/html",
            body: body.to_owned(),
        }
    }

    /// Adds a Retry-After header.
    pub(crate) fn retry_after(self, retry_after: RetryAfter) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..self
        }
    }
}

impl Refusal {
    /// Adds a WWW-Authenticate header.
    pub(crate) fn challenge(self, challenge: impl Into<String>) -> Self {
        Self {
            challenge: Some(challenge.into()),
            ..self
        }
    }
}

impl From<Refusal> for Act {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let content_type = [(CONTENT_TYPE, self.content_type)];
        let mut response = (self.status, content_type, self.body).into_response();
        let headers = response.headers_mut();
        let mut set = |name, value: String| {
            headers.insert(name, value.parse().expect("a header value"));
        };
        let now = SystemTime::now();
        let tomorrow = now + Duration::from_hours(24);
        match self.retry_after {
            None => {}
            Some(RetryAfter::Seconds(seconds)) => set(RETRY_AFTER, seconds.to_string()),
            Some(RetryAfter::Date(wait)) => set(RETRY_AFTER, fmt_http_date(now + wait)),
            Some(RetryAfter::DateOfTomorrow(wait)) => {
                set(DATE, fmt_http_date(tomorrow));
                set(RETRY_AFTER, fmt_http_date(tomorrow + wait));
            }
        }
        if let Some(challenge) = self.challenge {
            set(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Returns an answer that sends the client to `location`.
pub(super) fn redirect(status: StatusCode, location: &str) -> Response {
    (status, [(LOCATION, location)]).into_response()
}

/// The faults that are still to come, shared between the test and the server.
#[derive(Default)]
pub(crate) struct Faults {
    ordered: Mutex<Vec<Fault>>,
    /// What must wait together before any of it is answered.
    pub(crate) waves: Waves,
}

impl Faults {
    /// Orders one more fault; the first that matches strikes.
    pub(crate) fn order(&self, fault: Fault) {
        self.ordered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    /// Returns what to do to this request, if anything.
    pub(super) fn strike(&self, head: &Parts) -> Option<Act> {
        let mut faults = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
        faults.iter_mut().find_map(|fault| fault.strike(head))
    }
}

/// Returns whether `path` is `pattern` with each `*` replaced by some text.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, rest)) => path.strip_prefix(head).is_some_and(|path| {
            (0..=path.len())
                .filter(|&at| path.is_char_boundary(at))
                .any(|at| matches(rest, &path[at..]))
        }),
    }
}

#[test]
fn a_star_stands_for_any_text() {
    assert!(matches("/v2/*/manifests/*", "/v2/team/api/manifests/v1"));
    assert!(matches("/v2/*", "/v2/"));
    assert!(matches("/v2/", "/v2/"));
    assert!(!matches("/v2/*/manifests/*", "/v2/team/api/blobs/v1"));
    assert!(!matches("/v2/", "/v2/a"));
}
