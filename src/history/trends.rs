//! What gets worse from week to week.

use std::collections::BTreeMap;

use super::judge::{latest_images, slow};
use super::measure::{growth, median};
use super::{Advice, ImageRun, Measure, Run};
use crate::model::Timestamp;

/// Fewer runs than these tell no trend.
const FEWEST: usize = 8;

/// The runs that are looked at.
const MOST: usize = 60;

/// How much longer the later half of the builds takes where that is worth a word, in percent, and how
/// many seconds it must be.
const SLOWER: (f64, f64) = (20.0, 1.0);

/// How much larger an image is after so many runs where that is worth a word, in percent.
const LARGER: f64 = 5.0;

/// So many modules that hosts did not give are worth a word.
const FAILURES: u64 = 3;

/// Something that gets worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// What.
    pub of: TrendOf,
    /// How it was.
    pub before: Measure,
    /// How it is.
    pub now: Measure,
    /// What to look at.
    pub advice: Vec<Advice>,
}

/// What gets worse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrendOf {
    /// Builds take longer.
    BuildTime,
    /// An image grows.
    ImageSize(String),
    /// More modules cannot be had.
    ModuleFailures,
}

/// Returns what gets worse in the last of `runs`, the oldest first, as seen at `now`.
pub fn trends(runs: &[Run], now: Timestamp) -> Vec<Trend> {
    let built: Vec<&Run> = runs.iter().filter(|run| run.is_build()).collect();
    let built = &built[built.len().saturating_sub(MOST)..];
    if built.len() < FEWEST {
        return Vec::new();
    }
    let time = build_time(built);
    let failures = module_failures(built);
    let sizes = image_sizes(&latest_images(runs, now), built);
    time.into_iter().chain(sizes).chain(failures).collect()
}

/// Runs that had nothing to do say nothing of those that had.
fn build_time(built: &[&Run]) -> Option<Trend> {
    let compiled: Vec<&&Run> = built
        .iter()
        .filter(|run| run.is_done() && has_worked(run))
        .collect();
    if compiled.len() < FEWEST {
        return None;
    }
    let (earlier, later) = compiled.split_at(compiled.len() / 2);
    let before = median(earlier.iter().map(|run| run.seconds))?;
    let now = median(later.iter().map(|run| run.seconds))?;
    let (percent, seconds) = SLOWER;
    let is_slower = now - before > seconds && now > before * (1.0 + percent / 100.0);
    is_slower.then(|| Trend {
        of: TrendOf::BuildTime,
        before: Measure::Seconds(before),
        now: Measure::Seconds(now),
        advice: later.last().map(|run| slow(run)).unwrap_or_default(),
    })
}

fn has_worked(run: &Run) -> bool {
    let layers = run.layers.as_ref();
    layers.is_none_or(|layers| !layers.made.is_empty())
}

fn image_sizes(images: &[&ImageRun], built: &[&Run]) -> Vec<Trend> {
    let of_image = |name: &str| {
        let images = built.iter().flat_map(|run| &run.images);
        let mut sizes = images
            .filter(|it| it.name == name)
            .map(ImageRun::largest_bytes);
        let before = sizes.next()?;
        let now = sizes.next_back()?;
        (growth(before, now)? > LARGER).then(|| Trend {
            of: TrendOf::ImageSize(name.to_owned()),
            before: Measure::Bytes(before),
            now: Measure::Bytes(now),
            advice: vec![Advice {
                what: format!("{name} grows"),
                hint: "what grew: coracle size OLD NEW".to_owned(),
            }],
        })
    };
    let images = images.iter();
    images.filter_map(|image| of_image(&image.name)).collect()
}

fn module_failures(built: &[&Run]) -> Option<Trend> {
    let (earlier, later) = built.split_at(built.len() / 2);
    let count = |runs: &[&Run]| -> u64 {
        let failures = runs.iter().flat_map(|run| &run.modules.failures);
        failures
            .map(|failure| failure.count)
            .fold(0, u64::saturating_add)
    };
    let (before, now) = (count(earlier), count(later));
    if now < FAILURES || now <= before {
        return None;
    }
    let mut hosts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for failure in later.iter().flat_map(|run| &run.modules.failures) {
        let number = hosts.entry((&failure.host, &failure.cause)).or_default();
        *number = number.saturating_add(failure.count);
    }
    let ((host, cause), number) = hosts.into_iter().max_by_key(|(_, number)| *number)?;
    let host = if host.is_empty() { "a host" } else { host };
    Some(Trend {
        of: TrendOf::ModuleFailures,
        before: Measure::Count(before),
        now: Measure::Count(now),
        advice: vec![Advice {
            what: format!("{host} did not give a module {number} times: {cause}"),
            hint: "look at the proxies: coracle doctor; name another one in [modules] proxy"
                .to_owned(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::super::HostFailure;
    use super::super::run::tests::{image, push};
    use super::*;

    fn series(number: i64, run: impl Fn(i64) -> Run) -> Vec<Run> {
        (0..number).map(run).collect()
    }

    fn trends_of(runs: &[Run]) -> Vec<Trend> {
        trends(runs, Timestamp::from_seconds(1_700_000_100))
    }

    #[test]
    fn builds_that_take_longer_and_longer_are_told() {
        let told = trends_of(&series(10, |number| {
            push(
                1_700_000_000 + number,
                10.0 + Measure::Count(number.unsigned_abs()).number(),
            )
        }));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].of, TrendOf::BuildTime);
        let steady = series(10, |number| push(1_700_000_000 + number, 10.0));
        assert_eq!(trends_of(&steady), []);
        let few = series(7, |number| {
            push(number, 10.0 * Measure::Count(1 << number).number())
        });
        assert_eq!(trends_of(&few), []);
    }

    #[test]
    fn an_image_that_grows_is_named() {
        let told = trends_of(&series(8, |number| {
            let mut run = push(1_700_000_000 + number, 1.0);
            run.images
                .push(image("a", 1000 + 20 * number.unsigned_abs(), "x"));
            run
        }));
        assert_eq!(told[0].of, TrendOf::ImageSize("a".to_owned()));
    }

    #[test]
    fn an_image_that_nobody_builds_any_more_is_not_named() {
        let runs = series(8, |number| {
            let mut run = push(1_700_000_000 + number, 1.0);
            run.images
                .push(image("a", 1000 + 20 * number.unsigned_abs(), "x"));
            run
        });
        let later = Timestamp::from_seconds(1_700_000_000 + 40 * 86_400);
        assert_eq!(trends(&runs, later), []);
    }

    #[test]
    fn a_proxy_that_fails_more_often_is_named_with_its_cause() {
        let told = trends_of(&series(8, |number| {
            let mut run = push(1_700_000_000 + number, 1.0);
            if number > 4 {
                run.modules.failures.push(HostFailure {
                    host: "proxy.example.com".to_owned(),
                    cause: "timeout".to_owned(),
                    count: 2,
                });
            }
            run
        }));
        assert_eq!(told[0].now, Measure::Count(6));
        assert!(
            told[0].advice[0]
                .what
                .starts_with("proxy.example.com did not")
        );
    }
}
