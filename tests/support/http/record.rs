//! What a server was asked, request by request, in the order of arrival.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, Method, StatusCode, Uri, Version};

/// Of each body, this much is kept; blobs are read back from the registry's store instead.
const KEPT_BODY_BYTES: usize = 1024 * 1024;

/// One request as it arrived, and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The request's method.
    pub(crate) method: Method,
    /// The version of HTTP that was spoken.
    pub(crate) version: Version,
    /// Path and query.
    pub(crate) uri: Uri,
    /// All headers of the request.
    pub(crate) headers: HeaderMap,
    /// The body's first MiB.
    pub(crate) body: Vec<u8>,
    /// The body's whole length, as far as it arrived.
    pub(crate) body_bytes: u64,
    /// The status of the answer, or nothing where the server hung up.
    pub(crate) status: Option<StatusCode>,
    /// How many requests and answers the server had seen before this one.
    arrived_at: usize,
    /// As `arrived_at`, of its answer.
    answered_at: Option<usize>,
}

impl Recorded {
    /// Returns the path without the query.
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// Returns the value of a header, where it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Shows `METHOD PATH?QUERY STATUS`, one line for a snapshot.
impl std::fmt::Display for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ", self.method, self.uri)?;
        match self.status {
            Some(status) => write!(f, "{}", status.as_u16()),
            None => f.write_str("(cut)"),
        }
    }
}

/// All requests to one server; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Recorded>>>);

/// Returns how many answers had to be waited for, one after the other: the longest chain of requests each of which
/// began after the one before was answered.
///
/// What could have gone at once and did not, by chance, makes it longer: a registry that answers in waves shows it as
/// it is.
pub(crate) fn chain_depth(requests: &[Recorded]) -> usize {
    let mut depths: Vec<usize> = Vec::new();
    for request in requests {
        let before = requests.iter().zip(&depths).filter(|(before, _)| {
            before
                .answered_at
                .is_some_and(|answered| answered < request.arrived_at)
        });
        let depth = before.map(|(_, depth)| *depth).max().unwrap_or(0) + 1;
        depths.push(depth);
    }
    depths.into_iter().max().unwrap_or(0)
}

/// The place of one request in its journal.
#[derive(Clone, Copy)]
pub(crate) struct Entry(usize);

impl Journal {
    /// Returns a copy of what was recorded so far.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    /// Returns what was recorded after the first `known` requests.
    pub(crate) fn requests_after(&self, known: usize) -> Vec<Recorded> {
        self.lock().iter().skip(known).cloned().collect()
    }

    /// Returns the number of requests so far.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Opens the entry of a request that has just arrived.
    pub(super) fn arrived(&self, head: &axum::http::request::Parts) -> Entry {
        let mut requests = self.lock();
        let arrived_at = events(&requests);
        requests.push(Recorded {
            method: head.method.clone(),
            version: head.version,
            uri: head.uri.clone(),
            headers: head.headers.clone(),
            body: Vec::new(),
            body_bytes: 0,
            status: None,
            arrived_at,
            answered_at: None,
        });
        Entry(requests.len() - 1)
    }

    /// Adds a piece of the request's body.
    pub(super) fn received(&self, entry: Entry, piece: &[u8]) {
        if let Some(request) = self.lock().get_mut(entry.0) {
            request.body_bytes += piece.len() as u64;
            let room = KEPT_BODY_BYTES.saturating_sub(request.body.len());
            request
                .body
                .extend_from_slice(&piece[..piece.len().min(room)]);
        }
    }

    /// Notes how the request was answered.
    pub(super) fn answered(&self, entry: Entry, status: StatusCode) {
        let mut requests = self.lock();
        let now = events(&requests);
        if let Some(request) = requests.get_mut(entry.0) {
            request.status = Some(status);
            request.answered_at = Some(now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns how many requests and answers there were.
fn events(requests: &[Recorded]) -> usize {
    let answered = requests
        .iter()
        .filter(|request| request.answered_at.is_some());
    requests.len() + answered.count()
}

#[test]
fn the_depth_of_a_chain_counts_what_waited_for_an_answer() {
    let journal = Journal::default();
    let arrives = || journal.arrived(&axum::http::Request::new(()).into_parts().0);
    let is_answered = |entry| journal.answered(entry, StatusCode::OK);
    let (first, second) = (arrives(), arrives());
    is_answered(second);
    let third = arrives();
    is_answered(first);
    is_answered(third);
    assert_eq!(chain_depth(&journal.requests()), 2);
    is_answered(arrives());
    assert_eq!(chain_depth(&journal.requests()), 3);
    assert_eq!(chain_depth(&[]), 0);
}
