//! What was answered.

use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName};
use url::Url;

use super::request::authority;
use super::transport::Transport;
use super::watch::{Patience, Watch, stopped};
use super::{HttpError, Observer};

/// An answer whose body is still to be read, in chunks; nothing more of it is in memory.
pub struct Response {
    answer: reqwest::Response,
    transport: Arc<Transport>,
    watch: Watch,
    patience: Patience,
    chunk: Bytes,
}

impl Response {
    pub(super) fn new(answer: reqwest::Response, transport: Arc<Transport>, watch: Watch) -> Self {
        Self {
            answer,
            transport,
            watch,
            patience: Patience::default(),
            chunk: Bytes::new(),
        }
    }

    /// Returns what the answer says in one number.
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// Returns the URL that answered.
    pub fn url(&self) -> &Url {
        self.answer.url()
    }

    /// Returns the host that answered, with its port where that is not the scheme's own.
    pub fn authority(&self) -> String {
        authority(self.url())
    }

    /// Returns all headers.
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// Returns the header `name`, where it is there and is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    /// Returns how long the body says it is.
    pub fn content_length(&self) -> Option<u64> {
        self.answer.content_length()
    }

    /// Reads the whole body, of at most `limit_bytes`.
    ///
    /// # Errors
    /// When it is longer, or breaks off.
    pub fn bytes(self, limit_bytes: u64) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        self.copy_to(&mut bytes, limit_bytes, &|_| ())?;
        Ok(bytes)
    }

    /// Writes the whole body, of at most `limit_bytes`, to `sink`, telling `observer` of the bytes
    /// as they come, and returns how many they were.
    ///
    /// # Errors
    /// When it is longer, breaks off, or cannot be written.
    pub fn copy_to(
        mut self,
        sink: &mut dyn Write,
        limit_bytes: u64,
        observer: &dyn Observer,
    ) -> Result<u64, HttpError> {
        let mut total = 0;
        while let Some(chunk) = self.next_chunk()? {
            total += chunk.len() as u64;
            if total > limit_bytes {
                return Err(HttpError::TooLong {
                    host: self.watch.host,
                    limit_bytes,
                });
            }
            sink.write_all(&chunk).map_err(|source| HttpError::Sink {
                host: self.watch.host.clone(),
                source,
            })?;
            observer.moved(chunk.len() as u64);
        }
        Ok(total)
    }

    fn next_chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let Self {
            answer,
            transport,
            watch,
            patience,
            ..
        } = self;
        transport.block_on(async {
            let start = tokio::time::Instant::now();
            let chunk = tokio::select! {
                biased;
                chunk = answer.chunk() => chunk,
                reason = stopped(&watch.cancellation) => return Err(HttpError::Stopped(reason)),
                () = tokio::time::sleep(patience.left(watch.limit)) => return Err(watch.stalled()),
            };
            let chunk = chunk.map_err(|error| HttpError::of_request(&error, &watch.host))?;
            let len = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            watch.traffic.received(len);
            patience.moved(len, start.elapsed());
            Ok(chunk)
        })
    }
}

/// For readers such as tar and zip; errors are [`HttpError`]s within [`io::Error`]s.
impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.next_chunk()? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let len = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..len]);
        Ok(len)
    }
}
