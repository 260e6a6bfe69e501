//! The history of runs: written at the end of each, read by `report`, and asked before a release.

use std::collections::BTreeSet;
use std::io;

use crate::config::SloConfig;
use crate::history::{
    Judged, Outgoing, Past, Reproduction, Run, Trend, is_believed, judge, not_reproduced, trends,
};
use crate::model::{BuildError, ExitCode, Phase, Timestamp};
use crate::plan::Destination;
use crate::ports::{HistoryShelf, SharedHistory, Told};

use super::{Prepared, PreparedDist};

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
    let past = own_past(shelf, project, now)?.with(others, MOST_RUNS, now);
    Ok(Numbers {
        judged: judge(&past.runs, slo, now),
        trends: trends(&past.runs, now),
        past,
    })
}

/// Returns the runs of `project` in the history of this machine.
///
/// # Errors
/// When it is there and cannot be read.
pub fn own_past(
    shelf: &dyn HistoryShelf,
    project: &str,
    now: Timestamp,
) -> Result<Past, BuildError> {
    shelf.past(project, MOST_RUNS, now).map_err(unreadable)
}

/// Returns what others told of `project` lately and is not in the history, and adds it there, where it can
/// be kept.
///
/// # Errors
/// When others cannot be asked.
pub fn told(
    shelf: &dyn HistoryShelf,
    shared: &dyn SharedHistory,
    project: &str,
    now: Timestamp,
) -> Result<Told, BuildError> {
    // Where it cannot be read, nothing is known, and what others know counts the more.
    let past = own_past(shelf, project, now).unwrap_or_default();
    let since = asked_since(&past, now);
    let known = past.runs.into_iter().map(|run| run.id).collect();
    let told = shared.told(project, since, &known)?;
    // In the history of this machine a run stands in the order in which it came: what came late, and with a
    // wrong time, would be taken for the latest.
    let believed = told.runs.iter().filter(|run| is_believed(run.time, now));
    for run in believed {
        if shelf.add(run).is_err() {
            break;
        }
    }
    Ok(told)
}

/// Returns since when others are asked. What is older than all that is looked at would be dropped, and asked for again
/// each time.
fn asked_since(past: &Past, now: Timestamp) -> Timestamp {
    let lately = now.seconds().saturating_sub(DAYS_ASKED * 86_400);
    let oldest = past.runs.first().map(|run| run.time.seconds());
    let oldest = oldest.filter(|_| past.runs.len() >= MOST_RUNS);
    let since = oldest.map_or(lately, |oldest| lately.max(oldest.saturating_add(1)));
    Timestamp::from_seconds(since)
}

/// Adds a run to the history. What cannot be kept there fails no run: the message is for a warning.
pub fn record(shelf: &dyn HistoryShelf, run: &Run) -> Option<String> {
    let error = shelf.add(run).err()?;
    // That the cache may only be read is told where it is opened.
    let is_told = matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    );
    (!is_told).then(|| error.to_string())
}

/// Refuses a push of a release while an image of it is known not to come out the same twice, on a
/// platform of it.
///
/// # Errors
/// One for each such image and platform.
pub fn refuse_unreproduced(
    past: Past,
    outgoing: &[Outgoing],
    others: Vec<Run>,
    now: Timestamp,
) -> Result<(), Vec<BuildError>> {
    let past = past.with(others, MOST_RUNS, now);
    let errors: Vec<BuildError> = not_reproduced(&past.runs, outgoing)
        .into_iter()
        .map(unreproduced)
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Returns what of `prepared` goes to a registry.
pub fn outgoing_images(prepared: &Prepared) -> Vec<Outgoing> {
    let images = prepared.plan.images.iter();
    let outgoing = images.map(|image| {
        let pushed = image
            .deliveries
            .iter()
            .filter(|delivery| matches!(delivery.destination, Destination::Registry(_)));
        let tags = pushed.flat_map(|delivery| &delivery.tags);
        let platforms = image.platforms.iter();
        Outgoing {
            image: image.name.to_string(),
            tags: tags.map(ToString::to_string).collect(),
            platforms: platforms.map(|it| it.platform.to_string()).collect(),
        }
    });
    outgoing.collect()
}

/// Returns the images whose programs go to a registry.
pub fn outgoing_programs(prepared: &PreparedDist) -> Vec<Outgoing> {
    let plan = &prepared.plan;
    let images = plan.images.iter().enumerate();
    let pushed = images.filter(|(_, image)| image.place.is_some());
    let outgoing = pushed.map(|(number, image)| {
        let programs = plan.programs.iter();
        let of_image = programs.filter(|program| program.images.contains(&number));
        let platforms: BTreeSet<String> = of_image
            .map(|program| program.target.platform.to_string())
            .collect();
        Outgoing {
            image: image.name.to_string(),
            tags: vec![image.version.clone()],
            platforms,
        }
    });
    outgoing.collect()
}

fn unreproduced(compared: &Reproduction) -> BuildError {
    let message = "it is not released: built twice, it did not come out the same";
    let error = BuildError::new(Phase::Check, &compared.image, message);
    let Reproduction {
        platform,
        difference,
        ..
    } = compared;
    let known = [platform.as_str(), difference.as_deref().unwrap_or_default()];
    let known: Vec<&str> = known.into_iter().filter(|it| !it.is_empty()).collect();
    let error = if known.is_empty() {
        error
    } else {
        error.because(known.join(", "))
    };
    let again = if platform.is_empty() {
        String::new()
    } else {
        format!(" --platform {platform}")
    };
    error.hint(format!(
        "mend it, and compare again: coracle reproduce {}{again}",
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
    // What lies in that folder is no fault of coracle's own.
    .exit(ExitCode::Refused)
    .hint("name another folder: CORACLE_CACHE=/var/tmp/coracle")
}
