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

/// Why a text is no time in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time, expected whole seconds since 1970, as in SOURCE_DATE_EPOCH")]
pub struct TimestampError(String);

impl Timestamp {
    /// 1970-01-01T00:00:00Z, the time of everything that has none.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);
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
            .ok_or_else(|| TimestampError(text.to_owned()))
    }
}
