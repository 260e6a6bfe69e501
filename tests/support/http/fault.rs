//! The faults that a test can order: on which requests, how often, and what happens then.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// One fault: a request that matches suffers `act`, as often as was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    method: Option<Method>,
    path: String,
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
            spared: 0,
            times: usize::MAX,
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

    /// Spares the first `spared` matching requests.
    pub(crate) fn after(self, spared: usize) -> Self {
        Self { spared, ..self }
    }

    /// Returns what to do to this request, and counts it.
    fn strike(&mut self, method: &Method, path: &str) -> Option<Act> {
        let is_other = self.method.as_ref().is_some_and(|own| own != method);
        if self.times == 0 || is_other || !matches(&self.path, path) {
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
    /// Never answers, and keeps the connection open.
    Stall,
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
}

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    retry_after: Option<RetryAfter>,
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
}

impl Refusal {
    /// Returns an error of the distribution specification's form.
    pub(crate) fn new(status: StatusCode, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]});
        Self {
            status,
            retry_after: None,
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

impl From<Refusal> for Act {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let content_type = [(CONTENT_TYPE, self.content_type)];
        let mut response = (self.status, content_type, self.body).into_response();
        if let Some(retry_after) = self.retry_after {
            let value = match retry_after {
                RetryAfter::Seconds(seconds) => seconds.to_string(),
                RetryAfter::Date(wait) => {
                    httpdate::fmt_http_date(std::time::SystemTime::now() + wait)
                }
            };
            let value = value.parse().expect("a header value");
            response.headers_mut().insert(RETRY_AFTER, value);
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
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Orders one more fault; the first that matches strikes.
    pub(crate) fn order(&self, fault: Fault) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    /// Returns what to do to this request, if anything.
    pub(super) fn strike(&self, method: &Method, path: &str) -> Option<Act> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults
            .iter_mut()
            .find_map(|fault| fault.strike(method, path))
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
