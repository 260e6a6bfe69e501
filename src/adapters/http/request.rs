//! What is asked.

use std::fmt;
use std::io::{self, Cursor, Read};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::Pieces;
use crate::model::{Blob, Secret};
use crate::publish::Span;

/// A request that can be sent as often as needed.
#[derive(Clone)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// To what.
    pub url: Url,
    /// With what is said beside the body; its length is not among this.
    pub headers: HeaderMap,
    /// The bytes that go with it.
    pub body: Body,
}

/// The bytes of a request.
#[derive(Debug, Clone)]
pub enum Body {
    /// None at all.
    None,
    /// A few, which are in memory.
    Bytes(Bytes),
    /// A few that are for who is asked alone: no redirect takes them elsewhere.
    Secret(Secret),
    /// Those of a blob, opened anew for each attempt and never in memory as a whole.
    Blob(Blob),
    /// Some of those of a blob.
    Piece(Pieces, Span),
}

impl Body {
    /// Opens the bytes and tells how many there are.
    pub(super) fn open(&self) -> io::Result<Option<(Box<dyn Read + Send>, u64)>> {
        match self {
            Self::None => Ok(None),
            Self::Bytes(bytes) => Ok(Some((
                Box::new(Cursor::new(bytes.clone())),
                bytes.len() as u64,
            ))),
            Self::Secret(secret) => {
                let bytes = secret.expose().as_bytes().to_vec();
                let size_bytes = bytes.len() as u64;
                Ok(Some((Box::new(Cursor::new(bytes)), size_bytes)))
            }
            Self::Blob(blob) => Ok(Some((blob.open()?, blob.descriptor.size_bytes))),
            Self::Piece(pieces, span) => Ok(Some((pieces.open(span.start, span.len)?, span.len))),
        }
    }
}

impl Request {
    /// Asks for `method` of `url`, with neither headers nor a body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::None,
        }
    }

    /// Asks for what is at `url`.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Sets a header, in place of one of the same name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Returns the host that is asked, with its port where that is not the scheme's own.
    pub fn authority(&self) -> String {
        authority(&self.url)
    }
}

/// Names of headers only: values may be secrets, and so may the query of a signed URL.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("authority", &self.authority())
            .field("path", &self.url.path())
            .field("headers", &self.headers.keys())
            .finish_non_exhaustive()
    }
}

/// Returns host and port as messages name them.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
