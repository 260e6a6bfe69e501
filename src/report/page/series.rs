//! Numbers in a row, fewer than there were.

use crate::history::Measure;

/// Points of a plot: more cannot be told apart on a screen.
pub(super) const MOST_POINTS: usize = 120;

/// Numbers of one kind, the oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// What they are of.
    pub(super) name: String,
    /// What a plot has of them.
    pub(super) values: Vec<f64>,
    /// The first, and the last.
    pub(super) ends: (Measure, Measure),
}

impl Series {
    /// Takes `values`, and keeps at most `most` of them: of each stretch the middle one, and the last of
    /// all as it is. Nothing where there are none.
    pub(super) fn of(name: &str, values: &[Measure], most: usize) -> Option<Self> {
        let (first, last) = (*values.first()?, *values.last()?);
        let numbers: Vec<f64> = values.iter().map(|it| it.number()).collect();
        Some(Self {
            name: name.to_owned(),
            values: fewer(&numbers, most),
            ends: (first, last),
        })
    }

    /// Returns the greatest number.
    pub(super) fn greatest(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// Tells in words what a plot shows.
    pub(super) fn told(&self) -> String {
        let (first, last) = self.ends;
        if self.values.len() < 2 {
            return format!("{}: {last}", self.name);
        }
        format!("{}: from {first} to {last}", self.name)
    }
}

fn fewer(values: &[f64], most: usize) -> Vec<f64> {
    if values.len() <= most {
        return values.to_vec();
    }
    let (last, rest) = values
        .split_last()
        .map_or((0.0, values), |(last, rest)| (*last, rest));
    let size = rest.len().div_ceil(most.max(2) - 1).max(1);
    let middle = |stretch: &[f64]| {
        let mut sorted = stretch.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    rest.chunks(size).map(middle).chain([last]).collect()
}

/// Returns a round number that is no less than `value`: 1, 2, 3, 5 or 8 times a power of ten, of
/// mebibytes where it counts bytes.
pub(super) fn round_up(value: Measure) -> Measure {
    match value {
        Measure::Bytes(_) => {
            let mebibytes = rounder(value.number() / f64::from(1 << 20));
            Measure::Bytes(to_bytes(mebibytes))
        }
        Measure::Seconds(seconds) if seconds > 60.0 => {
            Measure::Seconds(rounder(seconds / 60.0) * 60.0)
        }
        Measure::Seconds(seconds) => Measure::Seconds(rounder(seconds)),
        other => other,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive size, rounded for an axis; what is too large is the largest"
)]
fn to_bytes(mebibytes: f64) -> u64 {
    (mebibytes * f64::from(1 << 20)).ceil() as u64
}

fn rounder(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 3.0, 5.0, 8.0, 10.0];
    let step = steps.into_iter().find(|step| step * power >= value * 0.999);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_no_more_points_than_it_can_show_and_ends_with_the_last() {
        let values: Vec<Measure> = (0..1000).map(Measure::Count).collect();
        let series = Series::of("a", &values, 100).unwrap();
        assert!(series.values.len() <= 100, "{}", series.values.len());
        assert_eq!(series.values.last(), Some(&999.0));
        assert!(series.values.is_sorted());
        assert_eq!(series.told(), "a: from 0 to 999");
        assert_eq!(Series::of("a", &[], 100), None);
        for most in [0, 1, 2, 3] {
            assert!(fewer(&[1.0, 2.0, 3.0, 4.0, 5.0], most).len() <= most.max(2));
        }
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (value, top) in [
            (Measure::Seconds(0.0), "1.0s"),
            (Measure::Seconds(1.7), "2.0s"),
            (Measure::Seconds(42.0), "50.0s"),
            (Measure::Seconds(170.0), "3m"),
            (Measure::Bytes(9 << 20), "10.0 MB"),
            (Measure::Bytes(21 << 20), "30.0 MB"),
        ] {
            assert_eq!(round_up(value).to_string(), top, "{value}");
        }
    }
}
