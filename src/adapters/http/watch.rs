//! The end of patience: no progress, or a run that was told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::model::limits::PROGRESS_BYTES;
use crate::model::{Cancellation, StopReason, Traffic};

use super::HttpError;

/// How often a waiting request looks whether the run was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// Bytes that have passed, counted where they pass.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(super) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Who watches: how long without progress, and the run's own end.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    pub(super) host: String,
    pub(super) limit: Duration,
    pub(super) cancellation: Cancellation,
    /// Where what comes is counted.
    pub(super) traffic: Traffic,
}

impl Watch {
    /// Waits for `work` for as long as `meter` moves.
    pub(super) async fn over<T>(
        &self,
        meter: &Meter,
        work: impl Future<Output = T>,
    ) -> Result<T, HttpError> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            reason = stopped(&self.cancellation) => Err(HttpError::Stopped(reason)),
            () = quiet(meter, self.limit) => Err(self.stalled()),
        }
    }

    pub(super) fn stalled(&self) -> HttpError {
        HttpError::Stalled {
            host: self.host.clone(),
            limit: self.limit,
        }
    }
}

/// Returns once the run was told to stop.
pub(super) async fn stopped(cancellation: &Cancellation) -> StopReason {
    loop {
        if let Some(reason) = cancellation.reason() {
            return reason;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn quiet(meter: &Meter, limit: Duration) {
    let mut before = meter.total();
    loop {
        tokio::time::sleep(limit).await;
        let now = meter.total();
        if now - before < PROGRESS_BYTES {
            return;
        }
        before = now;
    }
}

/// Patience with a body that is read bit by bit. Only the time spent waiting counts, not what the
/// reader does with the bytes.
#[derive(Debug, Default)]
pub(super) struct Patience {
    waited: Duration,
    bytes: u64,
}

impl Patience {
    /// Returns how long the next chunk may take.
    pub(super) fn left(&self, limit: Duration) -> Duration {
        limit.saturating_sub(self.waited)
    }

    /// Takes note that `bytes` came after `waited`.
    pub(super) fn moved(&mut self, bytes: u64, waited: Duration) {
        self.waited += waited;
        self.bytes += bytes;
        if self.bytes >= PROGRESS_BYTES {
            *self = Self::default();
        }
    }
}
