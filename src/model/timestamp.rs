//! Points in time as images hold them: whole seconds, UTC.

use std::fmt;
use std::str::FromStr;

/// A point in time in whole seconds since 1970, shown as RFC 3339 in UTC.
///
/// ```
/// # use coracle::model::Timestamp;
/// assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00Z");
/// assert_eq!("1700000000".parse::<Timestamp>().unwrap().to_string(), "2023-11-14T22:13:20Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// It is no number of seconds.
    #[error("{0:?} is not a time, expected whole seconds since 1970, as in SOURCE_DATE_EPOCH")]
    Seconds(String),
    /// It is no date and time with its offset.
    #[error("{0:?} is not a time, expected one like 2026-01-31T12:00:00Z")]
    Rfc3339(String),
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z, the time of everything that has none.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// Returns the time so many seconds after 1970; a number beyond all years that can be written is the
    /// nearest of those.
    pub fn from_seconds(seconds: i64) -> Self {
        let years = jiff::Timestamp::MIN.as_second()..=jiff::Timestamp::MAX.as_second();
        let seconds = seconds.clamp(*years.start(), *years.end());
        Self(jiff::Timestamp::from_second(seconds).unwrap_or_default())
    }

    /// Returns the seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Reads a date and time with its offset, RFC 3339; parts of a second are dropped.
    ///
    /// # Errors
    /// When the text is none.
    pub fn from_rfc3339(text: &str) -> Result<Self, TimestampError> {
        text.parse()
            .ok()
            .and_then(|time: jiff::Timestamp| jiff::Timestamp::from_second(time.as_second()).ok())
            .map(Self)
            .ok_or_else(|| TimestampError::Rfc3339(text.to_owned()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map(Self)
            .ok_or_else(|| TimestampError::Seconds(text.to_owned()))
    }
}
