//! Images to sinks: what to send, in which order.
//!
//! In: an `Image` and what the destination has. Out: ordered transfers, and the state machines of
//! the protocol: tokens, uploads, retries. Pure: adapters send.

mod forbidden_address;
mod published;
mod redirect;
mod retry;

pub use forbidden_address::{ForbiddenAddress, judge_addresses};
pub use published::Published;
pub use redirect::{Errand, RedirectError, Redirects, resolve_location};
pub use retry::{Retries, RetryPolicy, is_transient};
