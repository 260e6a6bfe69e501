//! The first build of a day, beside others like it.

use std::collections::BTreeSet;

use super::Run;
use super::lately::days_before;
use super::measure::median;
use crate::model::Timestamp;

/// What a build is of: what was typed, and each image or program with its platform.
type Kind<'a> = (&'a str, BTreeSet<(&'a str, &'a str)>);

/// Returns the first build of the latest day that compiled, and how many seconds others like it take, in the middle:
/// by the same verb, of the same images or programs for the same platforms, that compiled too and were not the first
/// of their day. One that had nothing to do says nothing of those that had.
pub(super) fn beside_its_like(runs: &[Run], now: Timestamp) -> Option<(&Run, f64)> {
    let since = days_before(now);
    let compiled = runs
        .iter()
        .filter(|run| run.is_done() && run.time.seconds() >= since && has_compiled(run));
    let (mut first, mut others): (Option<&Run>, Vec<&Run>) = (None, Vec::new());
    for run in compiled {
        if first.is_some_and(|first| day(first) == day(run)) {
            others.push(run);
        } else {
            first = Some(run);
        }
    }
    let first = first?;
    let like = others.iter().filter(|run| kind(run) == kind(first));
    let usual_seconds = median(like.map(|run| run.seconds))?;
    (usual_seconds > 0.0).then_some((first, usual_seconds))
}

/// Tells whether a program had to be made; the layer of files has no path.
fn has_compiled(run: &Run) -> bool {
    let mut made = run.layers.iter().flat_map(|layers| &layers.made);
    run.is_build() && made.any(|layer| !layer.path.is_empty())
}

fn kind(run: &Run) -> Kind<'_> {
    let images = run.images.iter().flat_map(|image| {
        let platforms = image.platforms.iter();
        platforms.map(|it| (image.name.as_str(), it.platform.as_str()))
    });
    let programs = run.programs.iter().filter(|it| it.is_of_dist());
    let programs = programs.map(|it| (it.package.as_str(), it.platform.as_str()));
    (&run.verb, images.chain(programs).collect())
}

fn day(run: &Run) -> i64 {
    run.time.seconds().div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::{image, push};
    use super::super::{LayersRun, MadeLayer, MadeReason};
    use super::*;

    const DAY: i64 = 86_400;
    /// When a day begins.
    const TODAY: i64 = 20_833 * DAY;

    fn build(time: i64, seconds: f64) -> Run {
        let mut run = push(time, seconds);
        run.images.push(image("a", 1, "x"));
        run.layers = Some(LayersRun {
            kept: 0,
            made: vec![MadeLayer {
                image: "a".to_owned(),
                platform: "linux/amd64".to_owned(),
                path: "/a".to_owned(),
                reason: MadeReason::Changed,
                changed: Vec::new(),
            }],
        });
        run
    }

    /// One that found all of it made.
    fn no_op(time: i64) -> Run {
        let mut run = build(time, 0.1);
        run.layers = Some(LayersRun {
            kept: 1,
            made: Vec::new(),
        });
        run
    }

    fn found(runs: &[Run]) -> Option<(f64, f64)> {
        let now = Timestamp::from_seconds(TODAY + DAY - 1);
        beside_its_like(runs, now).map(|(first, usual)| (first.seconds, usual))
    }

    #[test]
    fn the_first_build_of_a_day_is_held_against_others_that_compiled() {
        let runs = [
            build(TODAY - DAY, 70.0),
            build(TODAY - DAY + 1, 6.0),
            no_op(TODAY - DAY + 2),
            no_op(TODAY),
            build(TODAY + 1, 9.0),
            no_op(TODAY + 2),
            no_op(TODAY + 3),
            build(TODAY + 4, 5.0),
            build(TODAY + 5, 7.0),
        ];
        assert_eq!(found(&runs), Some((9.0, 6.0)));
    }

    #[test]
    fn what_had_nothing_to_do_is_no_measure() {
        let yesterday = TODAY - DAY;
        assert_eq!(
            found(&[no_op(yesterday), no_op(TODAY), build(TODAY + 1, 9.0)]),
            None
        );
        // Nor is what wrote files alone.
        let mut of_files = build(TODAY + 2, 0.2);
        of_files.layers.as_mut().unwrap().made[0].path.clear();
        assert_eq!(found(&[build(TODAY + 1, 9.0), of_files]), None);
    }

    #[test]
    fn other_verbs_images_and_platforms_are_not_alike() {
        let first = || build(TODAY, 9.0);
        let like = |change: &dyn Fn(&mut Run)| {
            let mut run = build(TODAY + 1, 5.0);
            change(&mut run);
            found(&[first(), run])
        };
        assert_eq!(like(&|_| ()), Some((9.0, 5.0)));
        assert_eq!(like(&|run| run.verb = "build".to_owned()), None);
        assert_eq!(like(&|run| run.images.push(image("b", 1, "x"))), None);
        assert_eq!(like(&|run| run.images[0].platforms.clear()), None);
        assert_eq!(like(&|run| run.exit_code = 1), None);
        // How large it is, and what it is called, makes no other image of it.
        assert_eq!(
            like(&|run| run.images[0] = image("a", 9, "y")),
            Some((9.0, 5.0))
        );
    }

    #[test]
    fn what_is_long_ago_is_no_measure() {
        let runs = [
            build(TODAY - 40 * DAY, 9.0),
            build(TODAY - 40 * DAY + 1, 5.0),
            build(TODAY, 9.0),
        ];
        assert_eq!(found(&runs), None);
    }
}
