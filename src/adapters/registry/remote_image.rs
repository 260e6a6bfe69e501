//! An image of a registry, to be looked into.

use std::sync::{Arc, Mutex};

use super::call::Registries;
use super::pull::{Pull, PullError};
use super::remote_layer::RemoteLayer;
use crate::image::StoredManifest;
use crate::model::{Blob, BuildError, Descriptor, MediaType, Phase, Reference};
use crate::ports::{BlobStore, EventSink, ImageReader};

/// Reads the image that a reference names; what was fetched is kept in the blob store.
pub struct RemoteImage<'a> {
    registries: Arc<Registries>,
    store: Arc<dyn BlobStore + Send>,
    events: &'a dyn EventSink,
    reference: Reference,
}

impl<'a> RemoteImage<'a> {
    /// Names the image of `reference`. Nobody is asked for anything yet.
    pub fn new(
        registries: Arc<Registries>,
        store: Arc<dyn BlobStore + Send>,
        events: &'a dyn EventSink,
        reference: Reference,
    ) -> Self {
        Self {
            registries,
            store,
            events,
            reference,
        }
    }

    fn pull(&self) -> Pull<'_> {
        Pull {
            registries: &self.registries,
            store: &*self.store,
            sink: self.events,
            place: self.reference.repository(),
        }
    }

    fn explain(&self, error: PullError) -> BuildError {
        let login = self.registries.login_of(self.reference.repository());
        let mut error = error.into_build_error(&self.reference, login.as_deref());
        error.phase = Phase::Inspect;
        "cannot read this image".clone_into(&mut error.message);
        error
    }
}

impl ImageReader for RemoteImage<'_> {
    fn root(&self) -> Result<Blob, BuildError> {
        let received = self
            .pull()
            .root_bytes(&self.reference.target())
            .map_err(|error| self.explain(error))?;
        let media_type = match received.media_type {
            Some(media_type) => media_type,
            None => match StoredManifest::parse(&received.bytes, None) {
                Ok(StoredManifest::Index { .. }) => MediaType::Index,
                _ => MediaType::Manifest,
            },
        };
        Ok(Blob::of_bytes(media_type, received.bytes))
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, BuildError> {
        let media_type = &descriptor.media_type;
        if media_type.is_manifest() || media_type.is_index() {
            let bytes = self
                .pull()
                .child_bytes(descriptor)
                .map_err(|error| self.explain(error))?;
            return Ok(Blob::of_bytes(media_type.clone(), bytes));
        }
        if media_type.is_config() {
            let bytes = self
                .pull()
                .config_bytes(descriptor)
                .map_err(|error| self.explain(error))?;
            return Ok(Blob::of_bytes(media_type.clone(), bytes));
        }
        let layer = RemoteLayer {
            registries: Arc::clone(&self.registries),
            store: Arc::clone(&self.store),
            places: vec![self.reference.repository().clone()],
            base: self.reference.clone(),
            descriptor: descriptor.clone(),
            fetching: Mutex::default(),
        };
        Ok(Blob::new(descriptor.clone(), Arc::new(layer)))
    }
}
