//! What runs images.

use std::time::Duration;

use crate::deploy::{DeployImage, Holder, Record, Rollout, Unit};
use crate::model::BuildError;

/// Brings images to one environment, and tells what runs there.
pub trait Deployer: Sync {
    /// Returns what it is, as in `kubernetes` or `podman`.
    fn how(&self) -> &'static str;

    /// Returns how long a rollout may take.
    fn patience(&self) -> Duration;

    /// Says what would run with `images`, and touches nothing.
    ///
    /// # Errors
    /// When they have no place there, or whoever runs them refuses what would be told.
    fn plan(&self, images: &[DeployImage]) -> Result<Vec<Unit>, BuildError>;

    /// Returns what runs now of `units`; `known` is what was deployed last, for whoever cannot be asked.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn running(&self, units: &[Unit], known: &[Unit]) -> Result<Vec<Unit>, BuildError>;

    /// Lets `units`, which [`plan`](Self::plan) made of `images`, run. It may come back before they do.
    ///
    /// # Errors
    /// When it is refused.
    fn apply(&self, images: &[DeployImage], units: &[Unit]) -> Result<(), BuildError>;

    /// Lets `units` run, which ran before.
    ///
    /// # Errors
    /// When it is refused.
    fn restore(&self, units: &[Unit]) -> Result<(), BuildError>;

    /// Tells how far `units` are.
    ///
    /// # Errors
    /// When it cannot be asked; that may pass.
    fn rollout(&self, units: &[Unit]) -> Result<Rollout, BuildError>;

    /// Says why `units` do not get ready, as far as anybody knows.
    fn why(&self, units: &[Unit]) -> Vec<String>;

    /// Returns what of what ran before `after` can be brought back; that is less than all of it where some never
    /// ran.
    fn restorable(&self, before: &[Unit]) -> Vec<Unit> {
        before.to_vec()
    }

    /// Returns the book of the environment.
    fn journal(&self) -> &dyn DeployJournal;
}

/// What is written down of an environment. One run writes at a time.
pub trait DeployJournal: Sync {
    /// Takes the right to write, until it is given back or the run is gone.
    ///
    /// # Errors
    /// When another run has it, which is named; or nobody can be asked.
    fn hold(&self, holder: &Holder) -> Result<(), BuildError>;

    /// Says that the run still goes on. Whoever says nothing for long has died.
    ///
    /// # Errors
    /// When another run has taken the right.
    fn renew(&self) -> Result<(), BuildError>;

    /// Gives the right back, also where the run is told to stop.
    fn release(&self);

    /// Returns who has the right, where anybody does.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn holder(&self) -> Result<Option<Holder>, BuildError>;

    /// Returns what is written.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self) -> Result<Record, BuildError>;

    /// Writes it, durably.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, record: &Record) -> Result<(), BuildError>;
}
