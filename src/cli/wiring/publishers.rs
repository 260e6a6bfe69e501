//! One publisher for all destinations.

use std::sync::Arc;

use crate::adapters::disk::DiskPublisher;
use crate::adapters::registry::RegistryPublisher;
use crate::image::{HeldLayer, Image};
use crate::model::{BuildError, Cancellation, Tag};
use crate::plan::Destination;
use crate::ports::{EventSink, Publisher};
use crate::publish::Published;

/// Hands each destination to the publisher that serves its kind.
pub(super) struct Publishers<'a> {
    pub(super) registry: Arc<RegistryPublisher<'a>>,
    disk: DiskPublisher<'a>,
}

impl<'a> Publishers<'a> {
    /// Sends to registries by `registry`, and tells `events` how far files are.
    pub(super) fn new(
        registry: Arc<RegistryPublisher<'a>>,
        events: &'a dyn EventSink,
        cancellation: Cancellation,
    ) -> Self {
        let disk = DiskPublisher::new(events, cancellation);
        Self { registry, disk }
    }
}

impl Publishers<'_> {
    fn of(&self, destination: &Destination) -> &dyn Publisher {
        match destination {
            Destination::Registry(_) => &*self.registry,
            Destination::Archive(_) | Destination::Layout(_) => &self.disk,
        }
    }
}

impl Publisher for Publishers<'_> {
    fn check(&self, destination: &Destination) -> Result<(), BuildError> {
        self.of(destination).check(destination)
    }

    fn shows(
        &self,
        image: &Image,
        tags: &[Tag],
        destination: &Destination,
    ) -> Result<bool, BuildError> {
        self.of(destination).shows(image, tags, destination)
    }

    fn bring(&self, layer: &HeldLayer, destination: &Destination) {
        self.of(destination).bring(layer, destination);
    }

    fn expect(&self, blobs: usize, destination: &Destination) {
        self.of(destination).expect(blobs, destination);
    }

    fn publish(&self, image: &Image, destination: &Destination) -> Result<Published, BuildError> {
        self.of(destination).publish(image, destination)
    }

    fn tag(
        &self,
        image: &Image,
        tags: &[Tag],
        destination: &Destination,
    ) -> Result<(), BuildError> {
        self.of(destination).tag(image, tags, destination)
    }
}
