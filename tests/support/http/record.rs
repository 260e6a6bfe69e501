//! What a server was asked, request by request, in the order of arrival.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, Method, StatusCode, Uri};

/// Of each body, this much is kept; blobs are read back from the registry's store instead.
const KEPT_BODY_BYTES: usize = 1024 * 1024;

/// One request as it arrived, and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The request's method.
    pub(crate) method: Method,
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
    pub(super) fn arrived(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Entry {
        let mut requests = self.lock();
        requests.push(Recorded {
            method: method.clone(),
            uri: uri.clone(),
            headers: headers.clone(),
            body: Vec::new(),
            body_bytes: 0,
            status: None,
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
        if let Some(request) = self.lock().get_mut(entry.0) {
            request.status = Some(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
