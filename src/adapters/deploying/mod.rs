//! What brings images to where they run: kubectl, podman, programs of the user's; what tries them, and who is told.

mod alarm;
mod container;
mod jobs;
mod kubectl;
mod kubernetes;
mod lease;
mod probe;
mod program;
mod runner;

pub use alarm::Alerts;
pub use container::Podman;
pub use kubernetes::{Kubernetes, Manifest};
pub use probe::Probe;
pub use program::ProgramDeployer;
pub use runner::Runner;

use crate::model::{BuildError, ExitCode};

/// Tells whether whoever is asked again later may answer.
fn is_unavailable(error: &BuildError) -> bool {
    error.exit_code() == ExitCode::Unavailable
}
