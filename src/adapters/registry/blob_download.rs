//! One blob out of a repository into the blob store, going on where a connection broke.

use std::cell::Cell;
use std::io;

use super::access::Access;
use super::call::{Manner, Registries};
use super::listeners::HighWater;
use super::manifests;
use super::registry_error::{OtherSize, RegistryError};
use crate::adapters::http::header::{CONTENT_RANGE, RANGE};
use crate::adapters::http::{HttpError, Request, Response};
use crate::model::{Blob, Descriptor};
use crate::ports::{BlobStore, BlobWriter};
use crate::publish::{Download, DownloadError, Placement};

/// What has come of a blob so far.
struct Arriving<'a> {
    store: &'a dyn BlobStore,
    writer: Box<dyn BlobWriter>,
    download: Download,
    passed: HighWater,
    moved: &'a dyn Fn(u64),
}

impl Registries {
    /// Brings the blob of `descriptor` into `store`, telling `moved` of bytes as they come, each
    /// once.
    pub(super) fn download(
        &self,
        access: &Access,
        descriptor: &Descriptor,
        store: &dyn BlobStore,
        moved: &dyn Fn(u64),
    ) -> Result<Blob, RegistryError> {
        let errand = format!("the request for layer {}", descriptor.digest);
        let host = access.repository.host().as_str();
        let cannot_keep = |source| {
            let host = host.to_owned();
            RegistryError::no_answer(&errand, HttpError::Sink { host, source })
        };
        let mut arriving = Arriving {
            store,
            writer: store.create().map_err(cannot_keep)?,
            download: Download::new(descriptor.size_bytes),
            passed: HighWater::default(),
            moved,
        };
        self.fill(access, descriptor, &errand, &mut arriving)?;
        let Arriving { writer, .. } = arriving;
        let Descriptor {
            media_type, digest, ..
        } = descriptor.clone();
        writer
            .commit(media_type, Some(digest))
            .map_err(|source| match source.kind() {
                io::ErrorKind::InvalidData => {
                    RegistryError::unusable(host, &errand, "its digest is another")
                }
                _ => cannot_keep(source),
            })
    }

    fn fill(
        &self,
        access: &Access,
        descriptor: &Descriptor,
        errand: &str,
        arriving: &mut Arriving<'_>,
    ) -> Result<(), RegistryError> {
        let manner = Manner {
            retry: self.settings.retry,
            observer: &|_| (),
        };
        let mut retries = manner.retry.begin();
        loop {
            let mut request = Request::get(access.blob(descriptor.digest));
            if let Some(range) = arriving.download.range() {
                request = request.header(RANGE, manifests::header(&range, errand)?);
            }
            let answer = self.call(access, errand, &request, manner)?;
            let error = match arriving.take(answer, errand)? {
                Ok(Placement::Nowhere) => continue,
                Ok(_) => return arriving.is_whole(access, descriptor, errand),
                Err(error) => error,
            };
            // The connection broke after the last byte.
            if error.is_transient() && arriving.download.is_whole() {
                return Ok(());
            }
            match retries.after_break().filter(|_| error.is_transient()) {
                Some(wait) => self
                    .client
                    .wait(wait)
                    .map_err(|error| RegistryError::no_answer(errand, error))?,
                None => return Err(RegistryError::no_answer(errand, error)),
            }
        }
    }
}

impl Arriving<'_> {
    /// Takes the bytes of `answer`. What broke off is within the result: it may be gone on with.
    fn take(
        &mut self,
        answer: Response,
        errand: &str,
    ) -> Result<Result<Placement, HttpError>, RegistryError> {
        let (status, host) = (answer.status().as_u16(), answer.authority());
        let placement = match self
            .download
            .answered(status, answer.header(&CONTENT_RANGE))
        {
            Ok(placement) => placement,
            Err(DownloadError::Refused(_)) => return Err(RegistryError::refused(answer, errand)),
            Err(error) => return Err(RegistryError::unusable(&host, errand, error)),
        };
        match placement {
            Placement::Nowhere => return Ok(Ok(placement)),
            Placement::Appended => {}
            Placement::FromStart => {
                let fresh = self.store.create();
                self.writer = fresh.map_err(|source| {
                    RegistryError::no_answer(errand, HttpError::Sink { host, source })
                })?;
                self.passed.begin_at(0);
            }
        }
        let (came, missing_bytes) = (Cell::new(0), self.download.missing_bytes());
        let (passed, moved) = (&self.passed, self.moved);
        let copied = answer.copy_to(&mut self.writer, missing_bytes, &|bytes| {
            came.set(came.get() + bytes);
            moved(passed.rise(bytes));
        });
        self.download.kept(came.get());
        Ok(copied.map(|_| placement))
    }

    /// An answer that ends well may have been too short all the same.
    fn is_whole(
        &self,
        access: &Access,
        descriptor: &Descriptor,
        errand: &str,
    ) -> Result<(), RegistryError> {
        if self.download.is_whole() {
            return Ok(());
        }
        let lie = OtherSize {
            expected_bytes: descriptor.size_bytes,
            found_bytes: descriptor.size_bytes - self.download.missing_bytes(),
        };
        let host = access.repository.host().as_str();
        Err(RegistryError::unusable(host, errand, lie))
    }
}
