//! Manifests, indexes and configurations out of a registry, or out of the blob store.

use std::io::Write as _;

use super::access::Access;
use super::call::{Manner, Registries};
use super::listeners::Listener;
use super::manifests::{self, CONTENT_DIGEST, OtherDigest};
pub(super) use super::pull_error::PullError;
use super::registry_error::{OtherSize, RegistryError};
use crate::adapters::http::header::CONTENT_TYPE;
use crate::adapters::http::{HttpError, Request, Response};
use crate::image::{StoredConfig, StoredManifest};
use crate::model::{Descriptor, Digest, MediaType, Phase, ReferenceTarget, Repository, limits};
use crate::ports::{BlobStore, EventSink};

/// Pulls from one repository. Whatever is in the blob store is not asked for.
pub(super) struct Pull<'a> {
    pub(super) registries: &'a Registries,
    pub(super) store: &'a dyn BlobStore,
    pub(super) sink: &'a dyn EventSink,
    pub(super) place: &'a Repository,
}

/// What was received, and what it was called.
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) media_type: Option<MediaType>,
}

impl Pull<'_> {
    /// Returns the manifest or index that `target` names, and its digest.
    pub(super) fn root(
        &self,
        target: &ReferenceTarget,
    ) -> Result<(Digest, StoredManifest), PullError> {
        let received = self.root_bytes(target)?;
        let root = StoredManifest::parse(&received.bytes, received.media_type.as_ref())?;
        Ok((Digest::of(&received.bytes), root))
    }

    /// Returns the bytes of the manifest or index that `target` names.
    pub(super) fn root_bytes(&self, target: &ReferenceTarget) -> Result<Received, PullError> {
        let digest = match target {
            ReferenceTarget::Digest(digest) => Some(*digest),
            // HEAD costs little, also where GET is counted; what is known then need not be fetched.
            ReferenceTarget::Tag(tag) => {
                let access = self.registries.to_pull(self.place)?;
                let digest =
                    self.listening(|manner| self.registries.manifest_digest(&access, tag, manner));
                match digest {
                    // An answer to HEAD has no words; the same request by GET gets them.
                    Err(RegistryError::Refused { .. }) => None,
                    digest => digest?,
                }
            }
        };
        let Some(digest) = digest else {
            return Ok(self.manifest(target, None)?);
        };
        if let Some(bytes) = self.store.read(digest, limits::MANIFEST_BYTES) {
            return Ok(Received {
                bytes,
                media_type: None,
            });
        }
        Ok(self.manifest(&ReferenceTarget::Digest(digest), Some(digest))?)
    }

    /// Returns the configuration and the layers of a manifest that an index names.
    pub(super) fn child(
        &self,
        manifest: &Descriptor,
    ) -> Result<(Descriptor, Vec<Descriptor>), PullError> {
        let bytes = self.child_bytes(manifest)?;
        match StoredManifest::parse(&bytes, Some(&manifest.media_type))? {
            StoredManifest::Image { config, layers, .. } => Ok((config, layers)),
            StoredManifest::Index { .. } => Err(PullError::Nested),
        }
    }

    /// Returns the bytes of a manifest that an index names.
    pub(super) fn child_bytes(&self, manifest: &Descriptor) -> Result<Vec<u8>, PullError> {
        fits(manifest, "manifest", limits::MANIFEST_BYTES)?;
        let fetch = || {
            let target = ReferenceTarget::Digest(manifest.digest);
            Ok(self.manifest(&target, Some(manifest.digest))?.bytes)
        };
        let stored = self.store.read(manifest.digest, limits::MANIFEST_BYTES);
        let bytes = stored.map_or_else(fetch, Ok::<_, RegistryError>)?;
        self.check_size(&bytes, manifest, "the manifest")?;
        Ok(bytes)
    }

    /// Returns a configuration.
    pub(super) fn config(&self, config: &Descriptor) -> Result<StoredConfig, PullError> {
        Ok(StoredConfig::parse(&self.config_bytes(config)?)?)
    }

    /// Returns the bytes of a configuration.
    pub(super) fn config_bytes(&self, config: &Descriptor) -> Result<Vec<u8>, PullError> {
        if !config.media_type.is_config() {
            return Err(PullError::ConfigType(config.media_type.clone()));
        }
        fits(config, "configuration", limits::CONFIG_BYTES)?;
        let fetch = || {
            let errand = format!("the request for config {}", config.digest);
            let access = self.registries.to_pull(self.place)?;
            let request = Request::get(access.blob(config.digest));
            let (limit_bytes, expected) = (config.size_bytes, Some(config.digest));
            let received = self.receive(&access, &errand, &request, limit_bytes, expected)?;
            self.keep(&received.bytes, &config.media_type, config.digest);
            Ok(received.bytes)
        };
        let stored = self.store.read(config.digest, limits::CONFIG_BYTES);
        let bytes = stored.map_or_else(fetch, Ok::<_, RegistryError>)?;
        self.check_size(&bytes, config, "the config")?;
        Ok(bytes)
    }

    fn manifest(
        &self,
        target: &ReferenceTarget,
        expected: Option<Digest>,
    ) -> Result<Received, RegistryError> {
        let access = self.registries.to_pull(self.place)?;
        let errand = format!("the request for {}", manifests::named(&access, target));
        let request = Request::get(access.manifest(target));
        let request = manifests::accepting(request, &errand)?;
        let limit_bytes = limits::MANIFEST_BYTES;
        let received = self.receive(&access, &errand, &request, limit_bytes, expected)?;
        if let Some(media_type) = &received.media_type {
            self.keep(&received.bytes, media_type, Digest::of(&received.bytes));
        }
        Ok(received)
    }

    fn receive(
        &self,
        access: &Access,
        errand: &str,
        request: &Request,
        limit_bytes: u64,
        expected: Option<Digest>,
    ) -> Result<Received, RegistryError> {
        let mut named = None;
        let mut take = |answer: Response| {
            named = answer.header(&CONTENT_DIGEST).map(str::to_owned);
            let media_type = media_type(&answer);
            Ok::<_, HttpError>(Received {
                bytes: answer.bytes(limit_bytes)?,
                media_type,
            })
        };
        let received = self.listening(|manner| {
            self.registries
                .receive(access, errand, request, manner, &mut take)
        })?;
        let found = Digest::of(&received.bytes).to_string();
        let expected = expected.map(|digest| digest.to_string());
        match expected
            .into_iter()
            .chain(named)
            .find(|expected| *expected != found)
        {
            None => Ok(received),
            Some(expected) => {
                let host = self.place.host().as_str();
                Err(RegistryError::unusable(
                    host,
                    errand,
                    OtherDigest { expected, found },
                ))
            }
        }
    }

    fn check_size(
        &self,
        bytes: &[u8],
        descriptor: &Descriptor,
        what: &str,
    ) -> Result<(), RegistryError> {
        let (expected_bytes, found_bytes) = (descriptor.size_bytes, bytes.len() as u64);
        if expected_bytes == found_bytes {
            return Ok(());
        }
        let errand = format!("the request for {what} {}", descriptor.digest);
        let lie = OtherSize {
            expected_bytes,
            found_bytes,
        };
        Err(RegistryError::unusable(
            self.place.host().as_str(),
            &errand,
            lie,
        ))
    }

    /// A store that takes nothing costs a request the next time, and nothing else.
    fn keep(&self, bytes: &[u8], media_type: &MediaType, digest: Digest) {
        let kept = self.store.create().and_then(|mut writer| {
            writer.write_all(bytes)?;
            writer.commit(media_type.clone(), Some(digest))
        });
        if let Err(error) = kept {
            tracing::debug!(%digest, %error, "not kept");
        }
    }

    fn listening<T>(&self, work: impl FnOnce(Manner<'_>) -> T) -> T {
        let listener = Listener::of_waits(self.sink, Phase::Base);
        work(Manner {
            retry: self.registries.settings.retry,
            observer: &listener,
        })
    }
}

fn media_type(answer: &Response) -> Option<MediaType> {
    let value = answer.header(&CONTENT_TYPE)?;
    let name = value.split_once(';').map_or(value, |(name, _)| name).trim();
    // Only a name of the format says more than the bytes do: some servers say "text/plain".
    name.parse()
        .ok()
        .filter(|media_type: &MediaType| media_type.as_str().contains("vnd."))
}

fn fits(descriptor: &Descriptor, what: &'static str, limit_bytes: u64) -> Result<(), PullError> {
    let size_bytes = descriptor.size_bytes;
    if size_bytes > limit_bytes {
        return Err(PullError::TooLong {
            what,
            size_bytes,
            limit_bytes,
        });
    }
    Ok(())
}
