//! When to try again, and how long to wait first.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// How often a request is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The number of further attempts.
    pub retries: u32,
}

impl RetryPolicy {
    /// Tries once: for what must not arrive twice.
    pub const NEVER: Self = Self { retries: 0 };

    /// The first wait; each further one is twice as long, and up to twice that by chance, so that
    /// machines which failed together do not come back together.
    const FIRST_WAIT: Duration = Duration::from_millis(300);

    /// A server that wants to be left alone for longer is not waited for.
    const LONGEST_WAIT: Duration = Duration::from_mins(1);

    /// Begins the attempts of one request.
    pub fn begin(self) -> Retries {
        let waits = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(Self::FIRST_WAIT)
            .with_max_delay(Self::LONGEST_WAIT)
            .with_max_times(self.retries as usize)
            .build();
        Retries { waits }
    }
}

/// The attempts that one request has left.
#[derive(Debug)]
pub struct Retries {
    waits: ExponentialBackoff,
}

impl Retries {
    /// Returns how long to wait before the same request may get a better answer than `status`;
    /// `None` when the answer stands. `retry_after` and `date` are the headers of these names.
    pub fn after_answer(
        &mut self,
        status: u16,
        retry_after: Option<&str>,
        date: Option<&str>,
    ) -> Option<Duration> {
        if !is_transient(status) {
            return None;
        }
        let ours = self.waits.next()?;
        let theirs = retry_after.and_then(|value| asked_wait(value, date));
        let wait = theirs.unwrap_or(ours);
        (wait <= RetryPolicy::LONGEST_WAIT).then_some(wait)
    }

    /// Returns how long to wait after a connection broke; `None` when that was the last attempt.
    pub fn after_break(&mut self) -> Option<Duration> {
        self.waits.next()
    }
}

/// Tells whether the same request may be answered otherwise a moment later.
pub fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Reads `Retry-After`: seconds, or an HTTP date. A date counts from the answer's own `Date`, so
/// that neither clock needs to be right.
fn asked_wait(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let retry_after = retry_after.trim();
    if let Ok(seconds) = retry_after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(retry_after).ok()?;
    let from = httpdate::parse_http_date(date?.trim()).ok()?;
    Some(until.duration_since(from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: RetryPolicy = RetryPolicy { retries: 3 };

    #[test]
    fn only_answers_that_may_change_are_asked_for_again() {
        for status in [408, 429, 500, 502, 503, 504] {
            let wait = THREE.begin().after_answer(status, None, None);
            assert!(wait.is_some(), "{status}");
        }
        for status in [200, 301, 400, 401, 403, 404, 409, 501, 505] {
            let wait = THREE.begin().after_answer(status, None, None);
            assert_eq!(wait, None, "{status}");
        }
    }

    #[test]
    fn attempts_come_to_an_end_and_waits_grow() {
        let mut retries = THREE.begin();
        let waits: Vec<Duration> = std::iter::from_fn(|| retries.after_break()).collect();
        assert_eq!(waits.len(), 3);
        assert!(waits.is_sorted());
        assert_eq!(RetryPolicy::NEVER.begin().after_break(), None);
    }

    #[test]
    fn the_server_says_how_long_but_not_for_ever() {
        let noon = "Thu, 01 Jan 2026 12:00:00 GMT";
        for (retry_after, date, wait) in [
            ("7", None, Some(7)),
            ("0", None, Some(0)),
            ("3600", None, None),
            ("Thu, 01 Jan 2026 12:00:09 GMT", Some(noon), Some(9)),
            ("Thu, 01 Jan 2026 11:00:00 GMT", Some(noon), Some(0)),
            ("Thu, 01 Jan 2026 18:00:00 GMT", Some(noon), None),
        ] {
            let asked = THREE.begin().after_answer(429, Some(retry_after), date);
            assert_eq!(asked, wait.map(Duration::from_secs), "{retry_after}");
        }
        let nonsense = THREE.begin().after_answer(503, Some("soon"), None);
        assert!(nonsense.is_some());
    }
}
