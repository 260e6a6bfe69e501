//! How far back runs are compared with each other, and count for what is there now.

use crate::model::Timestamp;

/// That far.
const DAYS: i64 = 30;

/// Returns what time it was so long before `time`, in seconds.
pub(super) fn days_before(time: Timestamp) -> i64 {
    time.seconds().saturating_sub(DAYS * 86_400)
}
