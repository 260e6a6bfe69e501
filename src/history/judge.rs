//! Which wishes the runs fulfil.

use std::collections::{BTreeMap, BTreeSet};

use super::first_build;
use super::growth::{Growth, of_products};
use super::lately::days_before;
use super::{ImageRun, Measure, Objective, ReproductionResult, Run};
use crate::config::{Percent, SloConfig};
use crate::model::Timestamp;

/// Whether a wish is fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Kept,
    /// It is not.
    Broken,
    /// No run tells.
    Unknown,
}

/// A wish, held against the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The wish.
    pub objective: Objective,
    /// The limit.
    pub limit: Measure,
    /// What the runs have; nothing where none tells.
    pub value: Option<Measure>,
    /// Whether that is within the limit.
    pub verdict: Verdict,
    /// What it is the value of: an image, a run.
    pub of: String,
    /// Where it is broken, what to look at.
    pub advice: Vec<Advice>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What is behind it.
    pub what: String,
    /// What to do, or to type.
    pub hint: String,
}

/// Holds `runs`, the oldest first, against each wish of `slo`.
pub fn judge(runs: &[Run], slo: &SloConfig, now: Timestamp) -> Vec<Judged> {
    let judges = Objective::ALL.into_iter();
    judges
        .map(|objective| match objective {
            Objective::BuildTime => build_time(runs, slo),
            Objective::Reproducible => reproducible(runs, slo, now),
            Objective::CriticalFindings => critical_findings(runs, slo),
            Objective::ImageSize => image_size(runs, slo, now),
            Objective::SizeGrowth => size_growth(runs, slo, now),
            Objective::FirstBuild => first_build(runs, slo, now),
        })
        .collect()
}

/// What a judge has found: the value, what it is of, and what to look at.
struct Found {
    value: Measure,
    of: String,
    advice: Vec<Advice>,
}

fn at_most(objective: Objective, limit: Measure, found: Option<Found>) -> Judged {
    judged(objective, limit, found, |value| value <= limit.number())
}

fn judged(
    objective: Objective,
    limit: Measure,
    found: Option<Found>,
    is_kept: impl Fn(f64) -> bool,
) -> Judged {
    let verdict = match &found {
        None => Verdict::Unknown,
        Some(found) if is_kept(found.value.number()) => Verdict::Kept,
        Some(_) => Verdict::Broken,
    };
    let value = found.as_ref().map(|found| found.value);
    let (of, advice) = found.map_or_else(Default::default, |it| (it.of, it.advice));
    Judged {
        objective,
        limit,
        value,
        verdict,
        of,
        advice: if verdict == Verdict::Broken {
            advice
        } else {
            Vec::new()
        },
    }
}

fn percent(share: Percent) -> Measure {
    Measure::Percent(f64::from(share.0))
}

/// The latest run that built all that was asked for counts: one that failed may have ended early.
fn build_time(runs: &[Run], slo: &SloConfig) -> Judged {
    let limit = Measure::Seconds(slo.build_time.as_secs_f64());
    let mut latest = runs.iter().rev();
    let found = latest.find(|run| run.is_build() && run.is_done());
    let found = found.map(|run| Found {
        value: Measure::Seconds(run.seconds),
        of: named(run),
        advice: slow(run),
    });
    at_most(Objective::BuildTime, limit, found)
}

/// Returns what took the time of a run, and why it had anything to do.
pub(super) fn slow(run: &Run) -> Vec<Advice> {
    let longest = run
        .phases
        .iter()
        .max_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let longest = longest.map(|phase| {
        let time = Measure::Seconds(phase.seconds);
        Advice {
            what: format!("{} took {time}", phase.phase),
            hint: "see what goes on in it: --trace trace.json, and open the file in Perfetto"
                .into(),
        }
    });
    longest.into_iter().chain(made_for(run)).collect()
}

/// Returns what changed for most of the layers, or programs of `dist`, that had to be made.
fn made_for(run: &Run) -> Option<Advice> {
    let layers = run.layers.as_ref()?;
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for changed in layers.made.iter().flat_map(|layer| &layer.changed) {
        *causes.entry(changed).or_default() += 1;
    }
    if layers.made.is_empty() {
        return None;
    }
    // Programs are in no registry's cache, and `explain` is about images.
    let (things, why, share) = if run.verb == "dist" {
        let why = "why programs are compiled anew: coracle dist -v";
        ("programs", why, why)
    } else {
        let share = "share what is made between machines: [cache] registry";
        ("layers", "why layers are made anew: coracle explain", share)
    };
    let (made, kept) = (layers.made.len(), layers.kept);
    let what = format!("{made} {things} were made and {kept} kept");
    let cause = causes.into_iter().max_by_key(|(_, number)| *number);
    let (what, hint) = match cause {
        Some((cause, number)) => (format!("{what}; {cause} changed for {number}"), why),
        None => (what, share),
    };
    let hint = hint.to_owned();
    Some(Advice { what, hint })
}

/// All comparisons of the last days count.
fn reproducible(runs: &[Run], slo: &SloConfig, now: Timestamp) -> Judged {
    let since = days_before(now);
    let lately = runs.iter().filter(|run| run.time.seconds() >= since);
    let compared: Vec<_> = lately.flat_map(|run| &run.reproductions).collect();
    let different: Vec<_> = compared
        .iter()
        .filter(|it| it.result == ReproductionResult::Different)
        .collect();
    let share = |part: usize, all: usize| {
        let number = |count: usize| Measure::Count(count as u64).number();
        100.0 * number(part) / number(all)
    };
    let found = (!compared.is_empty()).then(|| Found {
        value: Measure::Percent(share(compared.len() - different.len(), compared.len())),
        of: format!("{} comparisons", compared.len()),
        advice: different
            .iter()
            .rev()
            .take(3)
            .map(|it| Advice {
                what: match &it.difference {
                    Some(difference) => format!("{} differs: {difference}", it.image),
                    None => format!("{} differs", it.image),
                },
                hint: format!("coracle reproduce {}", it.image),
            })
            .collect(),
    });
    let limit = percent(slo.reproducible);
    judged(Objective::Reproducible, limit, found, |value| {
        value >= limit.number()
    })
}

/// The latest run counts that looked.
fn critical_findings(runs: &[Run], slo: &SloConfig) -> Judged {
    let limit = Measure::Count(slo.critical_findings);
    let looked = runs.iter().rev().find(|run| run.findings.is_some());
    let found = looked.and_then(|run| {
        let findings = run.findings.as_ref()?.iter();
        let blocked: Vec<_> = findings.filter(|it| it.severity == "blocked").collect();
        let advice = blocked.iter().map(|it| Advice {
            what: format!("{} of the rule {}", it.count, it.rule),
            hint: "what was found, and what mends it: coracle check".to_owned(),
        });
        Some(Found {
            value: Measure::Count(blocked.iter().map(|it| it.count).sum()),
            of: named(run),
            advice: advice.collect(),
        })
    });
    at_most(Objective::CriticalFindings, limit, found)
}

/// The latest build of each image counts, and of these the largest.
fn image_size(runs: &[Run], slo: &SloConfig, now: Timestamp) -> Judged {
    let limit = Measure::Bytes(slo.image_size.0);
    let mut images = latest_images(runs, now);
    images.sort_by_key(|image| std::cmp::Reverse(image.largest_bytes()));
    let found = images.first().map(|largest| Found {
        value: Measure::Bytes(largest.largest_bytes()),
        of: largest.name.clone(),
        advice: images
            .iter()
            .filter(|image| image.largest_bytes() > slo.image_size.0)
            .take(5)
            .map(|image| Advice {
                what: format!(
                    "{} has {}",
                    image.name,
                    Measure::Bytes(image.largest_bytes())
                ),
                hint: "what is in its layers: coracle inspect".to_owned(),
            })
            .collect(),
    });
    at_most(Objective::ImageSize, limit, found)
}

/// Returns each image as it was built last, by name. What nobody has built for long is no image of the project's.
pub(super) fn latest_images(runs: &[Run], now: Timestamp) -> Vec<&ImageRun> {
    let since = days_before(now);
    let lately = runs.iter().filter(|run| run.time.seconds() >= since);
    let images = lately.flat_map(|run| &run.images);
    let latest: BTreeMap<&str, &ImageRun> =
        images.map(|image| (image.name.as_str(), image)).collect();
    latest.into_values().collect()
}

fn size_growth(runs: &[Run], slo: &SloConfig, now: Timestamp) -> Judged {
    let limit = percent(slo.size_growth);
    let mut grown = of_products(runs, now);
    // Of each image and program, the platform that grew most.
    let mut named = BTreeSet::new();
    grown.retain(|it| named.insert(it.product.clone()));
    let found = grown.first().map(|most| Found {
        value: Measure::Percent(most.percent.max(0.0)),
        of: since(most),
        advice: grown
            .iter()
            .filter(|it| it.percent > limit.number())
            .take(5)
            .map(grew)
            .collect(),
    });
    at_most(Objective::SizeGrowth, limit, found)
}

fn since(growth: &Growth) -> String {
    let since = match &growth.release {
        Some(release) => release.clone(),
        None => growth.since.to_string()[..10].to_owned(),
    };
    format!("{} since {since}", growth.product.name())
}

fn grew(growth: &Growth) -> Advice {
    let size = |bytes| Measure::Bytes(bytes);
    let parts = growth.parts.iter().map(|part| {
        let (before, now) = (size(part.before_bytes), size(part.now_bytes));
        format!("{} from {before} to {now}", part.module)
    });
    let parts: Vec<String> = parts.collect();
    let (before, now) = (size(growth.before_bytes), size(growth.now_bytes));
    let what = format!(
        "{} {}: from {before} to {now}",
        since(growth),
        growth.platform
    );
    if parts.is_empty() {
        Advice {
            what,
            hint: "what grew: coracle size OLD NEW".to_owned(),
        }
    } else {
        Advice {
            what: format!("{what}; {}", parts.join(", ")),
            hint: format!(
                "why a module is there: coracle explain {} --why MODULE",
                growth.product.name()
            ),
        }
    }
}

/// The first build of the latest day, beside the middle of others like it.
fn first_build(runs: &[Run], slo: &SloConfig, now: Timestamp) -> Judged {
    let found = first_build::beside_its_like(runs, now).map(|(run, usual_seconds)| Found {
        value: Measure::Percent(100.0 * run.seconds / usual_seconds),
        of: format!(
            "{} beside {} of others like it",
            named(run),
            Measure::Seconds(usual_seconds)
        ),
        advice: slow(run),
    });
    at_most(Objective::FirstBuild, percent(slo.first_build), found)
}

fn named(run: &Run) -> String {
    format!("{} of {}", run.verb, run.time)
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::{image, push};
    use super::super::{FindingCount, LayersRun, MadeLayer, MadeReason, PhaseRun, Reproduction};
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn verdicts(runs: &[Run]) -> BTreeMap<&'static str, Judged> {
        let judged = judge(runs, &SloConfig::default(), Timestamp::from_seconds(NOW));
        judged
            .into_iter()
            .map(|it| (it.objective.key(), it))
            .collect()
    }

    #[test]
    fn without_runs_nothing_is_known_and_nothing_broken() {
        let judged = verdicts(&[]);
        assert_eq!(judged.len(), Objective::ALL.len());
        assert!(judged.values().all(|it| it.verdict == Verdict::Unknown));
    }

    #[test]
    fn a_slow_build_names_its_longest_phase_and_what_changed() {
        let mut run = push(NOW - 9, 400.0);
        let phase = |name: &str, seconds| PhaseRun {
            phase: name.to_owned(),
            begins: 0.0,
            seconds,
        };
        run.phases = vec![phase("compile", 350.0), phase("publish", 20.0)];
        run.layers = Some(LayersRun {
            kept: 1,
            made: vec![MadeLayer {
                image: "a".to_owned(),
                platform: String::new(),
                path: String::new(),
                reason: MadeReason::Changed,
                changed: vec!["go.sum".to_owned()],
            }],
        });
        let judged = &verdicts(&[run])["build_time"];
        assert_eq!(judged.verdict, Verdict::Broken);
        assert_eq!(judged.advice[0].what, "compile took 5.8m");
        assert!(judged.advice[1].what.contains("go.sum changed for 1"));
    }

    #[test]
    fn a_build_that_failed_early_does_not_hide_a_slow_one() {
        let mut failed = push(NOW - 1, 2.0);
        failed.exit_code = 1;
        let judged = &verdicts(&[push(NOW - 9, 400.0), failed.clone()])["build_time"];
        assert_eq!(judged.verdict, Verdict::Broken);
        assert_eq!(judged.value, Some(Measure::Seconds(400.0)));
        let judged = &verdicts(&[failed])["build_time"];
        assert_eq!(judged.verdict, Verdict::Unknown);
    }

    #[test]
    fn one_difference_breaks_reproducibility() {
        let mut run = push(NOW - 9, 1.0);
        for result in [ReproductionResult::Same, ReproductionResult::Different] {
            run.reproductions.push(Reproduction {
                image: "a".to_owned(),
                platform: String::new(),
                result,
                digest: String::new(),
                difference: Some("/a differs".to_owned()),
            });
        }
        let judged = &verdicts(&[run])["reproducible"];
        assert_eq!(judged.verdict, Verdict::Broken);
        assert_eq!(judged.value, Some(Measure::Percent(50.0)));
        assert_eq!(judged.advice[0].what, "a differs: /a differs");
    }

    #[test]
    fn findings_of_the_last_look_count() {
        let looked = |count| {
            let mut run = push(NOW - 9, 1.0);
            run.findings = Some(vec![FindingCount {
                severity: "blocked".to_owned(),
                rule: "vulnerability".to_owned(),
                count,
            }]);
            run
        };
        let verdict = |runs: &[Run]| verdicts(runs)["critical_findings"].verdict;
        assert_eq!(verdict(&[looked(1)]), Verdict::Broken);
        assert_eq!(verdict(&[looked(1), looked(0)]), Verdict::Kept);
        assert_eq!(verdict(&[looked(1), push(NOW - 1, 1.0)]), Verdict::Broken);
    }

    #[test]
    fn the_largest_image_counts_as_it_was_built_last() {
        let with = |name, size_mb: u64| {
            let mut run = push(NOW - 9, 1.0);
            run.images.push(image(name, size_mb << 20, "x"));
            run
        };
        let judged = &verdicts(&[with("a", 30), with("b", 25), with("a", 10)])["image_size"];
        assert_eq!((judged.verdict, judged.of.as_str()), (Verdict::Broken, "b"));
        let judged = &verdicts(&[with("a", 30), with("a", 20)])["image_size"];
        assert_eq!(judged.verdict, Verdict::Kept);
    }

    #[test]
    fn an_image_that_nobody_builds_any_more_breaks_nothing() {
        let day = 86_400;
        let with = |name, days_ago: i64, size_mb: u64| {
            let mut run = push(NOW - days_ago * day, 1.0);
            run.images.push(image(name, size_mb << 20, "x"));
            run
        };
        let judged = &verdicts(&[with("a", 31, 30), with("b", 1, 10)])["image_size"];
        assert_eq!((judged.verdict, judged.of.as_str()), (Verdict::Kept, "b"));
        let judged = &verdicts(&[with("a", 30, 30), with("b", 1, 10)])["image_size"];
        assert_eq!((judged.verdict, judged.of.as_str()), (Verdict::Broken, "a"));
    }

    #[test]
    fn a_slow_dist_tells_of_programs_and_what_explains_them() {
        let dist = |changed: &[&str]| {
            let mut run = push(NOW - 9, 400.0);
            run.verb = "dist".to_owned();
            run.layers = Some(LayersRun {
                kept: 2,
                made: vec![MadeLayer {
                    image: "a".to_owned(),
                    platform: "linux/amd64".to_owned(),
                    path: "example.com/a".to_owned(),
                    reason: MadeReason::Changed,
                    changed: changed.iter().map(ToString::to_string).collect(),
                }],
            });
            verdicts(&[run])["build_time"].advice[0].clone()
        };
        for (changed, more) in [(&["go.sum"][..], "; go.sum changed for 1"), (&[], "")] {
            let advice = dist(changed);
            assert_eq!(
                advice.what,
                format!("1 programs were made and 2 kept{more}")
            );
            assert_eq!(
                advice.hint,
                "why programs are compiled anew: coracle dist -v"
            );
        }
    }
}
