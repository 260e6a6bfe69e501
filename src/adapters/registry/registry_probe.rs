//! The `RegistryProbe` port.

use super::RegistryPublisher;
use crate::model::{BuildError, Reference, Repository};
use crate::plan::Destination;
use crate::ports::{BaseSource, Publisher as _, RegistryProbe, Wanted};

/// Asks registries as a push would.
pub struct Registered<'a> {
    publisher: RegistryPublisher<'a>,
    bases: &'a dyn BaseSource,
}

impl<'a> Registered<'a> {
    /// Pushes through `publisher`, and has bases from `bases`.
    pub fn new(publisher: RegistryPublisher<'a>, bases: &'a dyn BaseSource) -> Self {
        Self { publisher, bases }
    }
}

impl RegistryProbe for Registered<'_> {
    fn push(&self, repository: &Repository) -> Result<Option<String>, BuildError> {
        let destination = Destination::Registry(repository.clone());
        self.publisher.check(&destination)?;
        Ok(self.publisher.registries.login_of(repository))
    }

    fn base(&self, reference: &Reference) -> Result<Option<String>, BuildError> {
        self.bases.resolve(reference, Wanted::All)?;
        Ok(self.publisher.registries.login_of(reference.repository()))
    }
}
