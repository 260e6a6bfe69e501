//! Which commit each image is stamped with.

use crate::config::StampSource;
use crate::facts::{Describe, ImageSources, InputsHistory, Revision, SourceFacts};
use crate::model::{BuildError, SourcePath, crew};
use crate::plan::Selected;

use super::Ports;
use super::prepare::Request;

/// How many times git is asked at once.
const AT_ONCE: usize = 8;

/// Tells whether the version is git's to tell.
pub(super) fn describe(request: &Request<'_>) -> Describe {
    match request.config.stamp.version {
        Some(_) => Describe::Unneeded,
        None => Describe::Needed,
    }
}

/// Tells whether everything that git would tell is named: whoever does so can do without it, also
/// where it cannot answer.
pub(super) fn is_named(request: &Request<'_>) -> bool {
    let stamp = &request.config.stamp;
    stamp.version.is_some() && stamp.commit.is_some() && stamp.date.is_some()
}

/// Returns the revision of each of `selected`: HEAD's, or that of the last commit that touched its
/// inputs.
///
/// # Errors
/// When git cannot tell.
pub(super) fn of(
    ports: &Ports<'_>,
    request: &Request<'_>,
    source: &SourceFacts,
    selected: &[Selected<'_>],
) -> Result<Vec<Revision>, BuildError> {
    let of_head = || vec![source.revision.clone(); selected.len()];
    let git = ports.git.filter(|_| !is_named(request));
    let (StampSource::Inputs, Some(git)) = (request.config.stamp.from, git) else {
        return Ok(of_head());
    };
    let Some(history) = InputsHistory::open(git, source, describe(request))? else {
        return Ok(of_head());
    };
    crew::each(AT_ONCE, selected, |image| {
        let folder = &request.project.folder;
        let rules = image.config.files.iter();
        let copied: Vec<SourcePath> = rules
            .filter_map(|rule| folder.join(rule.base().as_str()).ok())
            .collect();
        history.revision(&ImageSources {
            mains: &image.mains,
            copied: &copied,
        })
    })
}
