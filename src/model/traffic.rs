//! How much a run has asked of others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the requests of a run that were answered, and the bytes of their bodies and of what was answered; each copy
/// counts in the same place. What the go command and git ask for is not in it.
///
/// ```
/// # use coracle::model::Traffic;
/// let traffic = Traffic::default();
/// traffic.clone().answered();
/// traffic.sent(10);
/// assert_eq!((traffic.requests(), traffic.sent_bytes(), traffic.received_bytes()), (1, 10, 0));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
}

impl Traffic {
    /// Counts a request that was answered; one that is sent again is another one.
    pub fn answered(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts bytes of a body that left.
    pub fn sent(&self, bytes: u64) {
        self.0.sent_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes of a body that came.
    pub fn received(&self, bytes: u64) {
        self.0.received_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns the number of requests.
    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// Returns the bytes that left.
    pub fn sent_bytes(&self) -> u64 {
        self.0.sent_bytes.load(Ordering::Relaxed)
    }

    /// Returns the bytes that came.
    pub fn received_bytes(&self) -> u64 {
        self.0.received_bytes.load(Ordering::Relaxed)
    }
}
