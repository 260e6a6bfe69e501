//! What images and programs have gained.

use std::collections::BTreeMap;

use super::lately::days_before;
use super::measure::growth;
use super::{ProgramRun, Run};
use crate::model::Timestamp;

/// What is listed of what grew.
const MOST_PARTS: usize = 5;

/// What runs make, again and again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Product {
    /// An image, by its name.
    Image(String),
    /// A program of `dist`, by the import path of its main package.
    Program(String),
}

impl Product {
    /// Returns what it is called.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Image(name) | Self::Program(name) => name,
        }
    }
}

/// What an image or a program has gained on a platform.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Growth {
    /// What grew.
    pub(super) product: Product,
    /// The platform.
    pub(super) platform: String,
    /// How many bytes it had.
    pub(super) before_bytes: u64,
    /// How many it has.
    pub(super) now_bytes: u64,
    /// How much more that is; negative where it is less.
    pub(super) percent: f64,
    /// When it had that.
    pub(super) since: Timestamp,
    /// The release that had it, where it was one.
    pub(super) release: Option<String>,
    /// What grew most in its programs, the most first; nothing where nobody knows their parts.
    pub(super) parts: Vec<GrownPart>,
}

/// A module that grew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GrownPart {
    /// Its path, or what else it is.
    pub(super) module: String,
    /// How many bytes it had.
    pub(super) before_bytes: u64,
    /// How many it has.
    pub(super) now_bytes: u64,
}

/// A product, as one run made it.
struct Made<'a> {
    run: &'a Run,
    /// The version that it was released as, where it was.
    release: Option<&'a str>,
    /// The bytes of each platform.
    sizes: BTreeMap<&'a str, u64>,
}

impl Made<'_> {
    /// Returns the version of its release, which tags say with a `v` and without.
    fn version(&self) -> Option<&str> {
        self.release.map(|tag| tag.strip_prefix('v').unwrap_or(tag))
    }
}

/// Returns what the products of `runs` have gained since the last release before their latest build, or
/// else in thirty days; the most first. What was not there then is left out, and what nobody made in the thirty days
/// before `now`.
pub(super) fn of_products(runs: &[Run], now: Timestamp) -> Vec<Growth> {
    let mut pasts = pasts(runs);
    let since = days_before(now);
    let is_made = |made: &Made<'_>| made.run.time.seconds() >= since;
    pasts.retain(|_, past| past.last().is_some_and(is_made));
    let mut all: Vec<Growth> = pasts
        .iter()
        .flat_map(|(product, past)| of_product(runs, product, past))
        .collect();
    all.sort_by(|one, other| other.percent.total_cmp(&one.percent));
    all
}

/// Returns each product with all that was made of it, the oldest first.
fn pasts(runs: &[Run]) -> BTreeMap<Product, Vec<Made<'_>>> {
    let mut pasts: BTreeMap<Product, Vec<Made<'_>>> = BTreeMap::new();
    for run in runs {
        let of_run = images(run).chain(programs(run));
        for (product, made) in of_run {
            pasts.entry(product).or_default().push(made);
        }
    }
    pasts
}

fn images(run: &Run) -> impl Iterator<Item = (Product, Made<'_>)> {
    let release = run.release();
    run.images.iter().map(move |image| {
        let sizes = image.platforms.iter();
        let made = Made {
            run,
            release,
            sizes: sizes
                .map(|it| (it.platform.as_str(), it.size_bytes))
                .collect(),
        };
        (Product::Image(image.name.clone()), made)
    })
}

fn programs(run: &Run) -> impl Iterator<Item = (Product, Made<'_>)> {
    let mut programs: BTreeMap<Product, Made<'_>> = BTreeMap::new();
    for program in run.programs.iter().filter(|it| it.is_of_dist()) {
        let made = programs
            .entry(Product::Program(program.package.clone()))
            .or_insert_with(|| Made {
                run,
                release: program.release(),
                sizes: BTreeMap::new(),
            });
        made.sizes.insert(&program.platform, program.size_bytes);
    }
    programs.into_iter()
}

fn of_product(runs: &[Run], product: &Product, past: &[Made<'_>]) -> Vec<Growth> {
    let Some((now, earlier)) = past.split_last() else {
        return Vec::new();
    };
    let long_ago = days_before(now.run.time);
    // A job that runs again makes the same release anew, which has gained nothing since itself.
    let is_other = |made: &&Made<'_>| made.version().is_none() || made.version() != now.version();
    let earlier = || earlier.iter().filter(is_other).rev();
    let released = earlier().find(|made| made.release.is_some());
    let is_old = |made: &&Made<'_>| made.run.time.seconds() <= long_ago;
    let Some(then) = released.or_else(|| earlier().find(is_old)) else {
        return Vec::new();
    };
    let grown = now.sizes.iter().filter_map(|(platform, &now_bytes)| {
        let before_bytes = *then.sizes.get(platform)?;
        Some(Growth {
            product: product.clone(),
            platform: (*platform).to_owned(),
            before_bytes,
            now_bytes,
            percent: growth(before_bytes, now_bytes)?,
            since: then.run.time,
            release: then.release.map(str::to_owned),
            parts: parts(
                &by_module(looked_at(runs, then.run, product), product, platform),
                &by_module(looked_at(runs, now.run, product), product, platform),
            ),
        })
    });
    grown.collect()
}

/// Returns the programs of a run that belong to a product.
fn programs_of<'a>(run: &'a Run, product: &Product) -> impl Iterator<Item = &'a ProgramRun> {
    run.programs.iter().filter(move |program| match product {
        Product::Image(name) => program.image == *name,
        Product::Program(package) => program.is_of_dist() && program.package == *package,
    })
}

/// Returns the run that compiled what `run` has of a product: one that found all of an image made has not looked at
/// its programs.
fn looked_at<'a>(runs: &'a [Run], run: &'a Run, product: &Product) -> &'a Run {
    let has_parts = |run: &Run| programs_of(run, product).any(|program| !program.parts.is_empty());
    let Product::Image(name) = product else {
        return run;
    };
    if has_parts(run) {
        return run;
    }
    let digest = |run: &'a Run| {
        let mut images = run.images.iter();
        let image = images.find(|image| image.name == *name);
        image.map(|image| &image.digest)
    };
    let same = |other: &&'a Run| digest(other) == digest(run) && has_parts(other);
    runs.iter().rev().find(same).unwrap_or(run)
}

/// Returns the modules that grew, the most first; none where either is not known.
fn parts(before: &BTreeMap<&str, u64>, now: &BTreeMap<&str, u64>) -> Vec<GrownPart> {
    if before.is_empty() {
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

fn by_module<'a>(run: &'a Run, product: &Product, platform: &str) -> BTreeMap<&'a str, u64> {
    let mut sizes = BTreeMap::new();
    let of_platform = programs_of(run, product).filter(|it| it.platform == platform);
    for part in of_platform.flat_map(|program| &program.parts) {
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
    use super::super::PartSize;
    use super::super::run::tests::{image, push};
    use super::*;

    const DAY: i64 = 86_400;

    fn at(day: i64, size_bytes: u64, tag: &str) -> Run {
        let mut run = push(1_700_000_000 + day * DAY, 1.0);
        run.images.push(image("a", size_bytes, tag));
        run
    }

    /// As it is seen on the day of the last of them.
    fn grown_of(runs: &[Run]) -> Vec<Growth> {
        of_products(runs, runs.last().unwrap().time)
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
            version: None,
        });
        run
    }

    #[test]
    fn the_last_release_is_compared_with_and_else_the_state_of_thirty_days_ago() {
        let runs = [at(0, 100, "x"), at(10, 200, "v1.0.0"), at(40, 300, "x")];
        let grown = grown_of(&runs);
        assert_eq!(grown[0].release.as_deref(), Some("v1.0.0"));
        assert!((grown[0].percent - 50.0).abs() < 0.01, "{grown:?}");
        let runs = [at(0, 100, "x"), at(20, 200, "x"), at(40, 300, "x")];
        let grown = grown_of(&runs);
        assert_eq!((grown[0].before_bytes, grown[0].now_bytes), (100, 300));
        let runs = [at(20, 200, "x"), at(40, 300, "x")];
        assert_eq!(grown_of(&runs), []);
    }

    #[test]
    fn a_release_is_compared_with_the_one_before_it() {
        let runs = [at(0, 100, "v1.0.0"), at(1, 110, "v1.1.0")];
        assert_eq!(grown_of(&runs)[0].release.as_deref(), Some("v1.0.0"));
    }

    #[test]
    fn a_release_that_is_made_again_is_compared_with_the_one_before_it_too() {
        for again in ["v1.1.0", "1.1.0"] {
            let runs = [
                at(0, 100, "v1.0.0"),
                at(1, 150, "v1.1.0"),
                at(2, 150, "x"),
                at(3, 150, again),
            ];
            let grown = grown_of(&runs);
            assert_eq!(grown[0].release.as_deref(), Some("v1.0.0"));
            assert_eq!((grown[0].before_bytes, grown[0].now_bytes), (100, 150));
        }
        let alone = [at(0, 100, "v1.0.0"), at(40, 150, "v1.0.0")];
        assert_eq!(grown_of(&alone), []);
    }

    #[test]
    fn what_nobody_makes_any_more_grows_no_more() {
        let mut runs = vec![at(0, 100, "v1.0.0"), at(1, 200, "v1.1.0")];
        let seen = |runs: &[Run], day: i64| {
            let now = Timestamp::from_seconds(1_700_000_000 + day * DAY);
            of_products(runs, now).len()
        };
        assert_eq!((seen(&runs, 31), seen(&runs, 32)), (1, 0));
        let mut other = at(32, 10, "v1.2.0");
        other.images[0].name = "b".to_owned();
        runs.push(other);
        assert_eq!(seen(&runs, 32), 0);
    }

    #[test]
    fn modules_that_grew_are_named_the_most_first() {
        let runs = [
            with_parts(at(0, 100, "v1.0.0"), &[("x", 10), ("y", 10), ("z", 10)]),
            with_parts(at(1, 130, "v1.1.0"), &[("x", 12), ("y", 10), ("w", 30)]),
        ];
        let grown = grown_of(&runs);
        let names: Vec<&str> = grown[0].parts.iter().map(|it| it.module.as_str()).collect();
        assert_eq!(names, ["w", "x"]);
    }

    #[test]
    fn an_image_that_was_empty_has_no_growth() {
        assert_eq!(grown_of(&[at(0, 0, "v1.0.0"), at(1, 5, "x")]), []);
    }

    #[test]
    fn programs_of_dist_are_compared_with_their_last_release() {
        let made = |day: i64, size_bytes, version: &str| {
            let mut run = push(1_700_000_000 + day * DAY, 1.0);
            run.verb = "dist".to_owned();
            run.programs.push(ProgramRun {
                package: "example.com/a/cmd/a".to_owned(),
                image: String::new(),
                platform: "windows/amd64".to_owned(),
                size_bytes,
                seconds: None,
                parts: Vec::new(),
                no_parts: None,
                version: Some(version.to_owned()),
            });
            run
        };
        let runs = [
            made(0, 100, "v1.0.0"),
            made(1, 150, "v1.0.0-4-gabcdef"),
            made(2, 200, "v1.1.0"),
        ];
        let [grown] = grown_of(&runs).try_into().unwrap();
        assert_eq!(
            grown.product,
            Product::Program("example.com/a/cmd/a".to_owned())
        );
        assert_eq!(grown.release.as_deref(), Some("v1.0.0"));
        assert_eq!((grown.before_bytes, grown.now_bytes), (100, 200));
    }
}
