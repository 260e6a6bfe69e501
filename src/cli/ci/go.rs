//! Go for stages, where the machine has none.

use crate::cli::options::{ProjectOptions, RunOptions};
use crate::cli::session::Session;
use crate::cli::toolchain::choose;
use crate::cli::wiring::{CiWorld, GoHome};
use crate::model::BuildError;
use crate::pipeline::Releases;
use crate::ports::EventSink;
use crate::stages::Graph;

/// What needs a Go.
const OF_GO: [&str; 3] = ["go", "gofmt", "golangci-lint"];

/// Lets stages find the Go that the project is built with, where the machine has none and one of them needs it. It is
/// fetched, and verified, once.
///
/// # Errors
/// When it cannot be had.
pub(super) fn bring(
    session: &Session,
    project: &ProjectOptions,
    world: &mut CiWorld<'_>,
    graph: &Graph,
    events: &dyn EventSink,
) -> Result<(), Vec<BuildError>> {
    let one = |error| vec![error];
    let mut commands = graph.stages.iter().flat_map(|stage| &stage.commands);
    if world.has_go() || !commands.any(|command| OF_GO.contains(&command.split().0)) {
        return Ok(());
    }
    let home = GoHome::open(session, project, &RunOptions::default(), events)?;
    let toolchains = home.toolchains().map_err(one)?;
    let releases = Releases {
        toolchains: &toolchains,
        events,
    };
    let choice = choose(&home, &releases, None);
    let toolchain = choice.and_then(|choice| releases.install(&choice));
    let folder = toolchain.map_err(one)?.root.join("bin");
    world.find_also_in(&folder).map_err(one)
}
