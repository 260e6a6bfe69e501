//! From a plan to images where they are to go.

use std::num::NonZeroUsize;

use crate::model::BuildError;

use super::prepare::preflight;
use super::{BuildJob, Outcome, Ports, Prepared, build, toolchain};

/// Checks the places that images go to, gets the Go that was decided on, and builds, at most
/// `jobs` things at once.
///
/// # Errors
/// Whatever stands in the way before a compiler starts; what fails later is in the outcome, beside
/// what was made.
pub fn produce(
    ports: &Ports<'_>,
    prepared: &Prepared,
    jobs: NonZeroUsize,
) -> Result<Outcome, Vec<BuildError>> {
    preflight(ports, &prepared.plan)?;
    let toolchain = toolchain::obtain(ports, &prepared.go).map_err(|error| vec![error])?;
    Ok(build(
        ports,
        &BuildJob {
            images: &prepared.plan.images,
            bases: &prepared.bases,
            batches: &prepared.plan.batches,
            toolchain: &toolchain,
            jobs,
        },
    ))
}
