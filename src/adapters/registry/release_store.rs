//! The files of releases into registries.

use std::sync::Arc;

use super::publisher::RegistryPublisher;
use super::registry_error::RegistryError;
use crate::model::{Blob, BuildError, Digest, Event, Phase, Repository, Tag, crew};
use crate::ports::ReleaseStore;
use crate::publish::BlobTransfer;

/// Pushes artifacts that are not images.
pub struct RegistryReleases<'a>(Arc<RegistryPublisher<'a>>);

impl<'a> RegistryReleases<'a> {
    /// Pushes by what `publisher` is.
    pub fn new(publisher: Arc<RegistryPublisher<'a>>) -> Self {
        Self(publisher)
    }

    fn push(
        &self,
        blobs: &[Blob],
        manifest: &Blob,
        repository: &Repository,
    ) -> Result<u64, RegistryError> {
        let registries = &self.0.registries;
        let access = registries.to_push(repository)?;
        let sent_bytes = crew::each(registries.settings.at_once(), blobs, |blob| {
            let transfer = BlobTransfer {
                blob: blob.clone(),
                mount_from: None,
            };
            self.0.push_blob(&access, &transfer)
        })?;
        let descriptor = &manifest.descriptor;
        self.0.with_waits(Phase::Publish, |manner| {
            registries.put_manifest(&access, manifest, &descriptor.digest, manner)
        })?;
        Ok(sent_bytes.into_iter().sum::<u64>() + descriptor.size_bytes)
    }
}

impl ReleaseStore for RegistryReleases<'_> {
    fn shows(
        &self,
        manifest: Digest,
        tag: &Tag,
        repository: &Repository,
    ) -> Result<bool, BuildError> {
        let registries = &self.0.registries;
        let shown = registries.to_push(repository).and_then(|access| {
            self.0.with_waits(Phase::Publish, |manner| {
                registries.manifest_digest(&access, tag, manner)
            })
        });
        match shown {
            Ok(found) if found == Some(manifest) => {
                self.0.sink.emit(Event::Noted {
                    phase: Phase::Publish,
                    message: format!("{repository}:{tag} shows {manifest} already"),
                });
                Ok(true)
            }
            // What it says to an upload is what matters.
            Ok(_) | Err(RegistryError::Refused { .. }) => Ok(false),
            Err(error) => Err(self.0.explain(
                error,
                Phase::Publish,
                repository,
                "cannot push the files of the release",
            )),
        }
    }

    fn put(
        &self,
        blobs: &[Blob],
        manifest: &Blob,
        repository: &Repository,
    ) -> Result<u64, BuildError> {
        self.push(blobs, manifest, repository).map_err(|error| {
            let message = "cannot push the files of the release";
            self.0.explain(error, Phase::Publish, repository, message)
        })
    }

    fn tag(&self, manifest: &Blob, tag: &Tag, repository: &Repository) -> Result<(), BuildError> {
        let registries = &self.0.registries;
        let tagged = registries.to_push(repository).and_then(|access| {
            self.0.with_waits(Phase::Tag, |manner| {
                registries.put_manifest(&access, manifest, tag, manner)
            })
        });
        tagged.map_err(|error| {
            let message = format!("cannot set the tag {tag}");
            self.0.explain(error, Phase::Tag, repository, &message)
        })
    }
}
