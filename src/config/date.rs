//! Points in time, as the file writes them.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

use crate::model::{Day, Timestamp};

/// Takes a string or one of TOML's own times, RFC 3339 both.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    deserializer.deserialize_any(DateVisitor).map(Some)
}

struct DateVisitor;

impl Visitor<'_> for DateVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time, as in \"2026-01-31T12:00:00Z\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::from_rfc3339(text).map_err(E::custom)
    }
}

/// Takes a day as a string or as TOML's own.
pub(super) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    deserializer.deserialize_any(DayVisitor)
}

/// As [`day`], for a key that may be left out.
pub(super) fn last_day<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Day>, D::Error> {
    day(deserializer).map(Some)
}

struct DayVisitor;

impl Visitor<'_> for DayVisitor {
    type Value = Day;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day, as in 2027-01-31")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Day, E> {
        text.parse().map_err(E::custom)
    }
}
