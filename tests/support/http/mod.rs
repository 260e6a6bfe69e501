//! HTTP servers for tests: honest handlers, wrapped by one that records every request and misbehaves on order.

pub(crate) mod fault;
pub(crate) mod flaky_line;
pub(crate) mod misbehave;
pub(crate) mod proxy;
pub(crate) mod record;
pub(crate) mod server;
pub(crate) mod tls;
mod waves;

pub(crate) use axum::http::{Method, StatusCode, Version};
pub(crate) use fault::{Act, Fault, Refusal, RetryAfter};
pub(crate) use record::{Journal, Recorded, chain_depth};

use axum::extract::Request;
use axum::response::Response;

/// Answers requests honestly; faults are added by wrapping it.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Returns the answer to `request`.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send;
}

/// The server closes the connection instead of answering.
#[derive(Debug)]
pub(crate) struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server hangs up, as it was told to")
    }
}

impl std::error::Error for HungUp {}
