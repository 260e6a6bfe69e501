//! What images have gained.

use std::collections::BTreeMap;

use super::measure::growth;
use super::{ImageRun, ImageSize, Run};
use crate::model::Timestamp;

/// How far back the size of an image is compared where there was no release since.
const DAYS: i64 = 30;

/// What is listed of what grew.
const MOST_PARTS: usize = 5;

/// What an image has gained on a platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The name of the image.
    pub image: String,
    /// The platform.
    pub platform: String,
    /// How many bytes it had.
    pub before_bytes: u64,
    /// How many it has.
    pub now_bytes: u64,
    /// How much more that is; negative where it is less.
    pub percent: f64,
    /// When it had that.
    pub since: Timestamp,
    /// The release that had it, where it was one.
    pub release: Option<String>,
    /// What grew most in its programs, the most first; nothing where nobody knows their parts.
    pub parts: Vec<GrownPart>,
}

/// A module that grew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrownPart {
    /// Its path, or what else it is.
    pub module: String,
    /// How many bytes it had.
    pub before_bytes: u64,
    /// How many it has.
    pub now_bytes: u64,
}

/// Returns what the images of `runs` have gained since the last release before their latest build, or
/// else in thirty days; the most first. An image that was not there then is left out.
pub(super) fn of_images(runs: &[Run]) -> Vec<Growth> {
    let mut latest: BTreeMap<&str, (usize, &ImageRun)> = BTreeMap::new();
    for (number, run) in runs.iter().enumerate() {
        for image in &run.images {
            latest.insert(&image.name, (number, image));
        }
    }
    let mut all: Vec<Growth> = latest
        .values()
        .flat_map(|(number, image)| of_image(runs, *number, image))
        .collect();
    all.sort_by(|one, other| other.percent.total_cmp(&one.percent));
    all
}

fn of_image(runs: &[Run], number: usize, image: &ImageRun) -> Vec<Growth> {
    let now = &runs[number];
    let earlier = || runs[..number].iter().rev().filter(|run| has(run, image));
    let long_ago = now.time.seconds().saturating_sub(DAYS * 86_400);
    let released = earlier().find(|run| run.release().is_some());
    let then = released.or_else(|| earlier().find(|run| run.time.seconds() <= long_ago));
    let Some((then, before)) = then.and_then(|run| Some((run, found(run, &image.name)?))) else {
        return Vec::new();
    };
    let grown = |size: &ImageSize| {
        let mut sizes = before.platforms.iter();
        let before = sizes.find(|it| it.platform == size.platform)?;
        Some(Growth {
            image: image.name.clone(),
            platform: size.platform.clone(),
            before_bytes: before.size_bytes,
            now_bytes: size.size_bytes,
            percent: growth(before.size_bytes, size.size_bytes)?,
            since: then.time,
            release: then.release().map(str::to_owned),
            parts: parts(
                looked_at(runs, then, &image.name),
                looked_at(runs, now, &image.name),
                &image.name,
                &size.platform,
            ),
        })
    };
    image.platforms.iter().filter_map(grown).collect()
}

fn has(run: &Run, image: &ImageRun) -> bool {
    found(run, &image.name).is_some()
}

fn found<'a>(run: &'a Run, name: &str) -> Option<&'a ImageRun> {
    run.images.iter().find(|image| image.name == name)
}

/// Returns the run that compiled what `run` has of an image: one that found all of it made has not looked at its
/// programs.
fn looked_at<'a>(runs: &'a [Run], run: &'a Run, image: &str) -> &'a Run {
    let wanted = found(run, image).map(|it| &it.digest);
    let has_parts = |run: &Run| {
        let mut programs = run.programs.iter();
        programs.any(|it| it.image == image && !it.parts.is_empty())
    };
    if has_parts(run) {
        return run;
    }
    let same =
        |other: &&Run| found(other, image).map(|it| &it.digest) == wanted && has_parts(other);
    runs.iter().rev().find(same).unwrap_or(run)
}

fn parts(before: &Run, now: &Run, image: &str, platform: &str) -> Vec<GrownPart> {
    let (before, now) = (
        by_module(before, image, platform),
        by_module(now, image, platform),
    );
    if before.is_empty() || now.is_empty() {
        return Vec::new();
    }
    let grown = now.iter().filter_map(|(module, &now_bytes)| {
        let before_bytes = before.get(module).copied().unwrap_or(0);
        (now_bytes > before_bytes).then(|| GrownPart {
            module: (*module).to_owned(),
            before_bytes,
            now_bytes,
        })
    });
    let mut grown: Vec<GrownPart> = grown.collect();
    grown.sort_by_key(|part| std::cmp::Reverse(part.now_bytes - part.before_bytes));
    grown.truncate(MOST_PARTS);
    grown
}

fn by_module<'a>(run: &'a Run, image: &str, platform: &str) -> BTreeMap<&'a str, u64> {
    let mut sizes = BTreeMap::new();
    let programs = run.programs.iter();
    let of_image = programs.filter(|it| it.image == image && it.platform == platform);
    for part in of_image.flat_map(|program| &program.parts) {
        let name = if part.module.is_empty() {
            &part.package
        } else {
            &part.module
        };
        let size: &mut u64 = sizes.entry(name.as_str()).or_default();
        *size = size.saturating_add(part.size_bytes);
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::{image, push};
    use super::super::{PartSize, ProgramRun};
    use super::*;

    const DAY: i64 = 86_400;

    fn at(day: i64, size_bytes: u64, tag: &str) -> Run {
        let mut run = push(1_700_000_000 + day * DAY, 1.0);
        run.images.push(image("a", size_bytes, tag));
        run
    }

    fn with_parts(mut run: Run, parts: &[(&str, u64)]) -> Run {
        let parts = parts.iter().map(|(module, size_bytes)| PartSize {
            module: (*module).to_owned(),
            package: format!("{module}/p"),
            size_bytes: *size_bytes,
        });
        run.programs.push(ProgramRun {
            package: "/a".to_owned(),
            image: "a".to_owned(),
            platform: "linux/amd64".to_owned(),
            size_bytes: 1,
            seconds: None,
            parts: parts.collect(),
            no_parts: None,
        });
        run
    }

    #[test]
    fn the_last_release_is_compared_with_and_else_the_state_of_thirty_days_ago() {
        let runs = [at(0, 100, "x"), at(10, 200, "v1.0.0"), at(40, 300, "x")];
        let grown = of_images(&runs);
        assert_eq!(grown[0].release.as_deref(), Some("v1.0.0"));
        assert!((grown[0].percent - 50.0).abs() < 0.01, "{grown:?}");
        let runs = [at(0, 100, "x"), at(20, 200, "x"), at(40, 300, "x")];
        let grown = of_images(&runs);
        assert_eq!((grown[0].before_bytes, grown[0].now_bytes), (100, 300));
        let runs = [at(20, 200, "x"), at(40, 300, "x")];
        assert_eq!(of_images(&runs), []);
    }

    #[test]
    fn a_release_is_compared_with_the_one_before_it() {
        let runs = [at(0, 100, "v1.0.0"), at(1, 110, "v1.1.0")];
        assert_eq!(of_images(&runs)[0].release.as_deref(), Some("v1.0.0"));
    }

    #[test]
    fn modules_that_grew_are_named_the_most_first() {
        let runs = [
            with_parts(at(0, 100, "v1.0.0"), &[("x", 10), ("y", 10), ("z", 10)]),
            with_parts(at(1, 130, "v1.1.0"), &[("x", 12), ("y", 10), ("w", 30)]),
        ];
        let grown = of_images(&runs);
        let names: Vec<&str> = grown[0].parts.iter().map(|it| it.module.as_str()).collect();
        assert_eq!(names, ["w", "x"]);
    }

    #[test]
    fn an_image_that_was_empty_has_no_growth() {
        assert_eq!(of_images(&[at(0, 0, "v1.0.0"), at(1, 5, "x")]), []);
    }
}
