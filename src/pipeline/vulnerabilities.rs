//! What is known to be vulnerable in what is built.

use super::Ports;
use crate::compile::Scanner;
use crate::model::{BuildError, ExitCode, Phase};
use crate::plan::Batch;
use crate::policy::Vulnerability;
use crate::ports::ScanGo;
use crate::toolchain::{Toolchain, tested_release};

/// Returns what is known to be vulnerable in what `batches` are compiled from by `toolchain`, each
/// once, the nearest first.
///
/// # Errors
/// When nobody could look: nothing is known then.
pub fn find_vulnerabilities(
    ports: &Ports<'_>,
    toolchain: &Toolchain,
    batches: &[Batch],
) -> Result<Vec<Vulnerability>, BuildError> {
    let builder = scanner_builder(ports, toolchain)?;
    let go = ScanGo {
        toolchain,
        builder: &builder,
    };
    let mut found = Vec::new();
    for batch in batches {
        found.extend(ports.scanner.scan(go, batch)?);
    }
    Ok(Vulnerability::nearest(found))
}

/// Returns a Go that builds the scanner: the one that compiles, if it is new enough, else another that
/// is there, else the release that this coracle was tested with.
fn scanner_builder(ports: &Ports<'_>, toolchain: &Toolchain) -> Result<Toolchain, BuildError> {
    if Scanner::is_built_by(&toolchain.version) {
        return Ok(toolchain.clone());
    }
    if ports
        .toolchains
        .installed()
        .is_some_and(|version| Scanner::is_built_by(&version))
    {
        return ports.toolchains.local();
    }
    let tested = tested_release()
        .map_err(|error| BuildError::new(Phase::Check, "", error).exit(ExitCode::Internal))?;
    ports.toolchains.fetched(&tested)
}
