//! Days, as people write them.

use std::fmt;
use std::str::FromStr;

use super::Timestamp;

/// A day, `2027-01-31`; it ends at midnight in UTC.
///
/// ```
/// # use coracle::model::{Day, Timestamp};
/// let day: Day = "2027-01-31".parse().unwrap();
/// let at = |text| Timestamp::from_rfc3339(text).unwrap();
/// assert!(!day.is_over(at("2027-01-31T23:59:59Z")));
/// assert!(day.is_over(at("2027-02-01T00:00:00Z")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(jiff::civil::Date);

/// Why a text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day, expected one like 2027-01-31")]
pub struct DayError(String);

impl Day {
    /// Returns the day that `time` is on.
    pub fn of(time: Timestamp) -> Self {
        let time = jiff::Timestamp::from_second(time.seconds()).unwrap_or_default();
        Self(jiff::tz::Offset::UTC.to_datetime(time).date())
    }

    /// Tells whether it is over at `now`.
    pub fn is_over(self, now: Timestamp) -> bool {
        self < Self::of(now)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The parser takes times of day too, of which nothing would be left.
        let is_plain = text.len() == 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-');
        let date = is_plain.then(|| text.parse().ok()).flatten();
        date.map(Self).ok_or_else(|| DayError(text.to_owned()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        for wrong in [
            "",
            "2027-02-30",
            "2027-1-31",
            "2027-01-31T00:00:00Z",
            "tomorrow",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong:?}");
        }
    }
}
