//! Who wants to know how a request goes on.

use std::fmt::Display;
use std::time::Duration;

/// Listens to requests. A closure listens to the bytes alone.
pub trait Observer {
    /// So many more bytes of a body have passed.
    fn moved(&self, bytes: u64);

    /// The request will be sent again after `wait`, because of `reason`.
    fn waits(&self, _reason: &dyn Display, _wait: Duration) {}
}

impl<F: Fn(u64)> Observer for F {
    fn moved(&self, bytes: u64) {
        self(bytes);
    }
}
