//! A layer of a base that is fetched when somebody wants its bytes.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::call::{Manner, Registries};
use super::listeners::HighWater;
use super::registry_error::{OtherSize, RegistryError};
use crate::adapters::http::{HttpError, Request, Response};
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
        let Descriptor {
            media_type,
            digest,
            size_bytes,
        } = self.descriptor.clone();
        let errand = format!("the request for layer {digest}");
        let access = self.registries.to_pull(place)?;
        let request = Request::get(access.blob(digest));
        let manner = Manner {
            retry: self.registries.settings.retry,
            observer: &|_| (),
        };
        let passed = HighWater::default();
        let mut keep = |answer: Response| {
            let host = answer.authority();
            let cannot_keep = |source| HttpError::Sink { host, source };
            let mut writer = self.store.create().map_err(cannot_keep)?;
            passed.rewind();
            let news = |bytes| moved(passed.rise(bytes));
            let found_bytes = answer.copy_to(&mut writer, size_bytes, &news)?;
            Ok((writer, found_bytes))
        };
        let (writer, found_bytes) = self
            .registries
            .receive(&access, &errand, &request, manner, &mut keep)?;
        let host = place.host().as_str();
        if found_bytes != size_bytes {
            let lie = OtherSize {
                expected_bytes: size_bytes,
                found_bytes,
            };
            return Err(RegistryError::unusable(host, &errand, lie));
        }
        writer.commit(media_type, Some(digest)).map_err(|source| {
            if source.kind() == io::ErrorKind::InvalidData {
                return RegistryError::unusable(host, &errand, "its digest is another");
            }
            let host = host.to_owned();
            RegistryError::no_answer(&errand, HttpError::Sink { host, source })
        })
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
