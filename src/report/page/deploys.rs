//! What was brought to where it runs: what came of the last deploy or rollback of each environment, and of each of the
//! last ones.

use std::collections::BTreeMap;

use super::chart::{MOST_SPARK_POINTS, spark};
use super::html::{Cell, Table, left_out};
use super::series::Series;
use crate::history::{DeployResult, DeployRun, Measure, Run};
use crate::model::Reference;

/// So many of the last have a row.
const MOST_DEPLOYS: usize = 30;

/// So many environments have a row, those that were deployed to last first.
const MOST_ENVIRONMENTS: usize = 50;

/// So many images are named in a cell.
const MOST_IMAGES: usize = 3;

/// What tells images of one repository apart, for eyes.
const DIGEST_LETTERS: usize = 12;

/// A deploy or rollback of one environment.
#[derive(Clone, Copy)]
struct Deploy<'a> {
    run: &'a Run,
    deploy: &'a DeployRun,
}

/// Returns both tables; nothing where nothing was deployed.
pub(super) fn deploys(runs: &[Run]) -> String {
    let all: Vec<Deploy<'_>> = runs
        .iter()
        .flat_map(|run| run.deploys.iter().map(move |deploy| Deploy { run, deploy }))
        .collect();
    if all.is_empty() {
        return String::new();
    }
    format!("{}{}", environments(&all), last(&all))
}

fn environments(all: &[Deploy<'_>]) -> String {
    let mut pasts: BTreeMap<&str, Vec<Deploy<'_>>> = BTreeMap::new();
    for it in all {
        pasts.entry(&it.deploy.environment).or_default().push(*it);
    }
    let mut pasts: Vec<Vec<Deploy<'_>>> = pasts.into_values().collect();
    pasts.sort_by_key(|past| std::cmp::Reverse(past.last().map(|it| it.run.time)));
    let rows = pasts.iter().take(MOST_ENVIRONMENTS).filter_map(|past| {
        let Deploy { run, deploy } = past.last()?;
        let times: Vec<Measure> = past
            .iter()
            .map(|it| Measure::Seconds(it.deploy.seconds))
            .collect();
        Some(vec![
            Cell::text(&deploy.environment),
            outcome(run, deploy),
            Cell::Line(run.time.to_string()),
            Cell::text(&run.verb),
            Cell::number(Measure::Seconds(deploy.seconds)),
            Cell::Markup(spark(&Series::of("time", &times, MOST_SPARK_POINTS)?)),
            Cell::number(past.len()),
            Cell::Line(named(&deploy.runs)),
        ])
    });
    let table = Table {
        caption: "Environments: what came of the last deploy or rollback of each",
        heads: &[
            "environment",
            "outcome",
            "run",
            "verb",
            "took",
            "time over time",
            "in all",
            "what runs",
        ],
        rows: rows.collect(),
    };
    let more = left_out(
        pasts.len(),
        MOST_ENVIRONMENTS,
        "environments of earlier runs",
    );
    format!("{table}{more}")
}

fn last(all: &[Deploy<'_>]) -> Table<'static> {
    let rows = all
        .iter()
        .rev()
        .take(MOST_DEPLOYS)
        .map(|Deploy { run, deploy }| {
            vec![
                Cell::Line(run.time.to_string()),
                Cell::text(&deploy.environment),
                outcome(run, deploy),
                Cell::text(&run.verb),
                Cell::number(Measure::Seconds(deploy.seconds)),
                Cell::Line(phases(deploy)),
                Cell::Line(named(&deploy.images)),
            ]
        });
    Table {
        caption: "The last deploys and rollbacks, the latest first",
        heads: &[
            "run",
            "environment",
            "outcome",
            "verb",
            "took",
            "phases",
            "what was to run",
        ],
        rows: rows.collect(),
    }
}

fn outcome(run: &Run, deploy: &DeployRun) -> Cell {
    let class = match deploy.outcome {
        DeployResult::Deployed | DeployResult::Unchanged => "ok",
        // A rollback wants it; a deploy ends so when it failed.
        DeployResult::RolledBack if run.verb == "rollback" => "ok",
        DeployResult::RolledBack | DeployResult::Failed => "bad",
    };
    let word = deploy.outcome.word();
    Cell::Markup(format!("<strong class=\"{class}\">{word}</strong>"))
}

fn phases(deploy: &DeployRun) -> String {
    let phases = deploy.phases.iter();
    let phases = phases.map(|it| format!("{} {}", it.phase, Measure::Seconds(it.seconds)));
    phases.collect::<Vec<_>>().join(", ")
}

/// Returns the names of images, as short as they can be told apart.
fn named(images: &[String]) -> String {
    if images.is_empty() {
        return "-".to_owned();
    }
    let shown = images.iter().take(MOST_IMAGES).map(|image| short(image));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match images.len().saturating_sub(MOST_IMAGES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Returns the last name of the repository, and the beginning of the digest.
fn short(image: &str) -> String {
    let reference = image.parse::<Reference>().ok();
    let digest = reference.as_ref().and_then(Reference::digest);
    let (Some(reference), Some(digest)) = (reference, digest) else {
        return image.to_owned();
    };
    let name = reference.repository().path().rsplit('/').next();
    format!(
        "{}@{}",
        name.unwrap_or_default(),
        &digest.to_hex()[..DIGEST_LETTERS]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_as_short_as_they_can_be_told_apart() {
        let digest = "0123456789abcdef".repeat(4);
        let image = format!("r.example:5000/team/api@sha256:{digest}");
        assert_eq!(named(&[]), "-");
        assert_eq!(named(std::slice::from_ref(&image)), "api@0123456789ab");
        assert_eq!(named(&["no <reference".to_owned()]), "no <reference");
        let many = vec![image; 5];
        assert!(named(&many).ends_with(" and 2 more"), "{}", named(&many));
    }
}
