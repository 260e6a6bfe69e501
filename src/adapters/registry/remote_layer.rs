//! A layer of a base that is fetched when somebody wants its bytes.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::call::Registries;
use super::registry_error::RegistryError;
use crate::model::{Blob, BlobSource, BuildError, Descriptor, Phase, Reference, Repository};
use crate::ports::BlobStore;

/// The bytes of a layer, in the blob store or still in a registry.
pub(super) struct RemoteLayer {
    pub(super) registries: Arc<Registries>,
    pub(super) store: Arc<dyn BlobStore + Send>,
    /// Where it is: a mirror, then the registry itself.
    pub(super) places: Vec<Repository>,
    pub(super) base: Reference,
    pub(super) descriptor: Descriptor,
    /// Held while it is fetched: who comes second finds it in the store.
    pub(super) fetching: Mutex<()>,
}

impl RemoteLayer {
    fn near(&self, moved: &dyn Fn(u64)) -> io::Result<Blob> {
        if let Some(blob) = self.store.find(&self.descriptor) {
            return Ok(blob);
        }
        let _fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = self.store.find(&self.descriptor) {
            return Ok(blob);
        }
        let mut places = self.places.iter();
        loop {
            let Some(place) = places.next() else {
                return Err(io::Error::other("it is in no registry"));
            };
            match self.fetch_from(place, moved) {
                Ok(blob) => return Ok(blob),
                Err(_) if places.len() > 0 => {}
                Err(error) => return Err(io::Error::other(self.explain(error, place))),
            }
        }
    }

    fn fetch_from(&self, place: &Repository, moved: &dyn Fn(u64)) -> Result<Blob, RegistryError> {
        let access = self.registries.to_pull(place)?;
        self.registries
            .download(&access, &self.descriptor, &*self.store, moved)
    }

    fn explain(&self, error: RegistryError, place: &Repository) -> BuildError {
        let login = self.registries.login_of(place);
        let message = "cannot fetch a layer of this base";
        error.into_build_error(Phase::Base, place, &self.base, message, login.as_deref())
    }
}

impl BlobSource for RemoteLayer {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.near(&|_| ())?.open()
    }

    fn fetch(&self, moved: &dyn Fn(u64)) -> io::Result<()> {
        self.near(moved).map(drop)
    }
}
