//! Blobs: there or not, whole or in part, here or elsewhere.

use axum::body::Bytes;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Rule;
use super::honest::{Asked, Registry, refuse};
use super::store::Content;

impl Registry {
    /// Answers HEAD, GET and DELETE of a blob.
    pub(super) fn blob(&self, asked: &Asked<'_>, repository: &str, digest: &str) -> Response {
        let mut store = self.store();
        let repository_held = store.repository(repository);
        let Some(content) = repository_held.blobs.get(digest).cloned() else {
            return refuse(StatusCode::NOT_FOUND, "BLOB_UNKNOWN");
        };
        match (asked.method, &self.rules.blobs_at) {
            (&Method::HEAD, _) => described(&content, digest, ()),
            (&Method::GET, Some(elsewhere)) => {
                let location = format!("{elsewhere}/v2/{repository}/blobs/{digest}?signature=abc");
                (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
            }
            (&Method::GET, None) => match &content {
                Content::Kept(bytes) if self.rules.has(Rule::NoRanges) => {
                    described(&content, digest, bytes.clone())
                }
                Content::Kept(bytes) => whole_or_part(asked, digest, bytes),
                Content::Counted(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN"),
            },
            (&Method::DELETE, _) => {
                repository_held.blobs.remove(digest);
                StatusCode::ACCEPTED.into_response()
            }
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED"),
        }
    }
}

fn whole_or_part(asked: &Asked<'_>, digest: &str, bytes: &Bytes) -> Response {
    let Some(range) = asked.header(RANGE.as_str()) else {
        return described(&Content::Kept(bytes.clone()), digest, bytes.clone());
    };
    let total = bytes.len();
    let Some((from, to)) = parse_range(range, total) else {
        return refuse(StatusCode::RANGE_NOT_SATISFIABLE, "SIZE_INVALID");
    };
    let content_range = [(CONTENT_RANGE, format!("bytes {from}-{to}/{total}"))];
    let part = bytes.slice(from..=to);
    (StatusCode::PARTIAL_CONTENT, content_range, part).into_response()
}

/// Returns the first and last byte of `bytes=A-B` or `bytes=A-`.
fn parse_range(range: &str, total: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from = from.parse().ok()?;
    let last = total.checked_sub(1)?;
    let to = match to {
        "" => last,
        to => last.min(to.parse().ok()?),
    };
    (from <= to).then_some((from, to))
}

fn described(content: &Content, digest: &str, body: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_LENGTH, content.len().to_string()),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let digest = [("docker-content-digest", digest.to_owned())];
    let mut response = body.into_response();
    response.headers_mut().clear();
    (headers, digest, response).into_response()
}
