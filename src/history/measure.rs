//! Numbers with their unit.

use std::fmt;

use crate::model::ByteSize;

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A time.
    Seconds(f64),
    /// A share or a ratio.
    Percent(f64),
    /// A size.
    Bytes(u64),
    /// How many.
    Count(u64),
}

impl Measure {
    /// Returns the number alone.
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes and counts beyond 2^53 are rounded, for programs that know no other numbers"
    )]
    pub fn number(self) -> f64 {
        match self {
            Self::Seconds(number) | Self::Percent(number) => number,
            Self::Bytes(number) | Self::Count(number) => number as f64,
        }
    }

    /// Returns the word for its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Seconds(_) => "seconds",
            Self::Percent(_) => "percent",
            Self::Bytes(_) => "bytes",
            Self::Count(_) => "count",
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) if *seconds >= 59.95 => {
                let tenths = (seconds / 60.0 * 10.0).round() / 10.0;
                f.pad(&format!("{tenths}m"))
            }
            Self::Seconds(seconds) if *seconds >= 0.1 => f.pad(&format!("{seconds:.1}s")),
            Self::Seconds(seconds) => f.pad(&format!("{:.0}ms", seconds * 1000.0)),
            Self::Percent(percent) => {
                let tenths = (percent * 10.0).round() / 10.0;
                f.pad(&format!("{tenths}%"))
            }
            Self::Bytes(bytes) => ByteSize(*bytes).fmt(f),
            Self::Count(count) => f.pad(&count.to_string()),
        }
    }
}

/// Returns how much `now` is more than `before`, in percent; `None` where there was nothing.
pub(super) fn growth(before: u64, now: u64) -> Option<f64> {
    let (before, now) = (
        Measure::Bytes(before).number(),
        Measure::Bytes(now).number(),
    );
    (before > 0.0).then(|| (now / before - 1.0) * 100.0)
}

/// Returns the middle of `values`; nothing where there are none.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_read_them() {
        for (measure, shown) in [
            (Measure::Seconds(0.0049), "5ms"),
            (Measure::Seconds(1.25), "1.2s"),
            (Measure::Seconds(300.0), "5m"),
            (Measure::Seconds(90.0), "1.5m"),
            (Measure::Percent(100.0), "100%"),
            (Measure::Percent(12.34), "12.3%"),
            (Measure::Bytes(20 << 20), "20.0 MB"),
            (Measure::Count(3), "3"),
        ] {
            assert_eq!(measure.to_string(), shown);
        }
    }

    #[test]
    fn the_middle_is_one_of_them() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([]), None);
    }
}
