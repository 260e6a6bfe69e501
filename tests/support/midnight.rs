//! The day, which counts for what coracle remembers.

use std::time::{Duration, UNIX_EPOCH};

/// What is left of a day is enough for a test; less than that is waited out.
const ENOUGH: Duration = Duration::from_mins(3);

/// Waits until the day, by UTC, does not end soon: what has passed today is looked at again tomorrow.
pub(crate) fn clear_of_midnight() {
    let day = Duration::from_hours(24).as_secs();
    let now = UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let left = Duration::from_secs(day - now % day);
    if left < ENOUGH {
        std::thread::sleep(left + Duration::from_secs(1));
    }
}
