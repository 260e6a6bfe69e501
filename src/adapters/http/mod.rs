//! The one HTTP client.
//!
//! In: requests whose bodies can be opened again, the environment's proxies and certificates. Out:
//! answers that are read in chunks. The invariant: memory stays flat, nothing waits longer than the
//! limit without progress, a cancelled run stops within a moment, and no credential leaves the
//! (scheme, host, port) that it was meant for. Knows nothing of registries or modules; tokio and
//! reqwest do not leave this room.

mod addresses;
mod client;
mod exchange;
mod feed;
mod http_error;
mod observer;
mod pieces;
mod proxies;
mod request;
mod response;
mod transport;
mod trust;
mod watch;

pub use client::{Client, ClientSettings, Network};
pub use exchange::Conduct;
pub use http_error::HttpError;
pub use observer::Observer;
pub use pieces::Pieces;
pub use request::{Body, Request};
pub use reqwest::{Method, StatusCode, header};
pub use response::Response;

/// How often a request is tried again.
pub use crate::publish::RetryPolicy;
