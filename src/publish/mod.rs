//! Images to sinks: what to send, in which order.
//!
//! In: an `Image` and what the destination has. Out: ordered transfers, and the state machines of
//! the protocol: tokens, uploads, retries. Pure: adapters send.

mod published;

pub use published::Published;
