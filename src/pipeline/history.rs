//! The history of runs: written at the end of each, read by `report`, and asked before a release.

use std::collections::BTreeMap;
use std::io;

use crate::config::SloConfig;
use crate::history::{Judged, Past, Reproduction, Run, Trend, judge, not_reproduced, trends};
use crate::model::{BuildError, Phase, Timestamp};
use crate::plan::Destination;
use crate::ports::{HistoryShelf, SharedHistory, Told};

use super::Prepared;

/// The newest runs of a project that are looked at.
const MOST_RUNS: usize = 1000;

/// So far back others are asked: twice as far as anything is compared.
const DAYS_ASKED: i64 = 60;

/// What the history tells of a project.
#[derive(Debug)]
pub struct Numbers {
    /// The runs.
    pub past: Past,
    /// Which wishes they fulfil.
    pub judged: Vec<Judged>,
    /// What gets worse.
    pub trends: Vec<Trend>,
}

/// Reads the history of `project`, with what `others` told, and holds it against `slo`.
///
/// # Errors
/// When it is there and cannot be read.
pub fn numbers(
    shelf: &dyn HistoryShelf,
    project: &str,
    slo: &SloConfig,
    others: Vec<Run>,
    now: Timestamp,
) -> Result<Numbers, BuildError> {
    let past = shelf.past(project, MOST_RUNS, now).map_err(unreadable)?;
    let past = past.with(others);
    Ok(Numbers {
        judged: judge(&past.runs, slo, now),
        trends: trends(&past.runs),
        past,
    })
}

/// Returns what others told of `project` lately and is not in the history, and adds it there, where it can
/// be kept.
///
/// # Errors
/// When others cannot be asked, or the history cannot be read.
pub fn told(
    shelf: &dyn HistoryShelf,
    shared: &dyn SharedHistory,
    project: &str,
    now: Timestamp,
) -> Result<Told, BuildError> {
    let past = shelf.past(project, MOST_RUNS, now).map_err(unreadable)?;
    let known = past.runs.into_iter().map(|run| run.id).collect();
    let since = now.seconds().saturating_sub(DAYS_ASKED * 86_400);
    let told = shared.told(project, Timestamp::from_seconds(since), &known)?;
    for run in &told.runs {
        if shelf.add(run).is_err() {
            break;
        }
    }
    Ok(told)
}

/// Adds a run to the history. What cannot be kept there fails no run: the message is for a warning.
pub fn record(shelf: &dyn HistoryShelf, run: &Run) -> Option<String> {
    let error = shelf.add(run).err()?;
    // That the cache may only be read is told where it is opened.
    let is_told = matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    );
    (!is_told).then(|| format!("this run is not in the history: {error}"))
}

/// Tells whether a push of `prepared` is a release: a tag of an image is a version.
pub fn is_release(prepared: &Prepared) -> bool {
    let pushed = pushed(prepared);
    pushed
        .values()
        .flatten()
        .any(|tag| Run::is_release_tag(tag))
}

/// Refuses a push of a release while an image of it is known not to come out the same twice.
///
/// # Errors
/// One for each such image, or when the history cannot be read.
pub fn refuse_unreproduced(
    shelf: &dyn HistoryShelf,
    project: &str,
    prepared: &Prepared,
    others: Vec<Run>,
    now: Timestamp,
) -> Result<(), Vec<BuildError>> {
    let past = shelf.past(project, MOST_RUNS, now);
    let past = past.map_err(|error| vec![unreadable(error)])?.with(others);
    let errors: Vec<BuildError> = not_reproduced(&past.runs, &pushed(prepared))
        .into_iter()
        .map(unreproduced)
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Returns the tags that each image gets in a registry.
fn pushed(prepared: &Prepared) -> BTreeMap<String, Vec<String>> {
    let images = prepared.plan.images.iter();
    let tags = images.map(|image| {
        let pushed = image
            .deliveries
            .iter()
            .filter(|delivery| matches!(delivery.destination, Destination::Registry(_)));
        let tags = pushed.flat_map(|delivery| &delivery.tags);
        (
            image.name.to_string(),
            tags.map(ToString::to_string).collect(),
        )
    });
    tags.collect()
}

fn unreproduced(compared: &Reproduction) -> BuildError {
    let message = "it is not released: built twice, it did not come out the same";
    let error = BuildError::new(Phase::Check, &compared.image, message);
    let error = match &compared.difference {
        Some(difference) => error.because(difference.clone()),
        None => error,
    };
    error.hint(format!(
        "mend it, and compare again: coracle reproduce {}",
        compared.image
    ))
}

fn unreadable(error: io::Error) -> BuildError {
    BuildError::new(
        Phase::Report,
        "",
        "cannot read the history in the cache folder",
    )
    .because(error)
    .hint("name another folder: CORACLE_CACHE=/var/tmp/coracle")
}
