//! Images into registries.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::access::Access;
use super::call::{Manner, Registries};
use super::listeners::Listener;
use super::push::upload_answer;
use super::registry_error::RegistryError;
use super::sessions::Sessions;
use super::shelf::Shelf;
use crate::adapters::http::{Method, Request, StatusCode};
use crate::image::{HeldLayer, Image};
use crate::model::{
    Blob, BuildError, Digest, Event, ExitCode, Phase, RegistryHost, Repository, Tag, crew,
};
use crate::plan::Destination;
use crate::ports::{BlobPlaces, EventSink, Publisher};
use crate::publish::{BlobTransfer, OpenedUpload, Published, Transfers};

/// Pushes images.
pub struct RegistryPublisher<'a> {
    pub(super) registries: Arc<Registries>,
    pub(super) sink: &'a dyn EventSink,
    pub(super) sessions: Sessions,
    pub(super) shelf: Shelf,
    /// Where earlier runs have brought blobs.
    pub(super) places: Arc<dyn BlobPlaces>,
    /// What was not there before this run: no tag can show it yet.
    fresh: Mutex<BTreeSet<(Repository, Digest)>>,
    /// Who gave no answer when an upload was to be forgotten.
    silent: Mutex<BTreeSet<RegistryHost>>,
}

impl<'a> RegistryPublisher<'a> {
    /// Makes a publisher that tells `sink` how it goes on.
    pub fn new(
        registries: Arc<Registries>,
        places: Arc<dyn BlobPlaces>,
        sink: &'a dyn EventSink,
    ) -> Self {
        Self {
            registries,
            sink,
            sessions: Sessions::default(),
            shelf: Shelf::default(),
            places,
            fresh: Mutex::default(),
            silent: Mutex::default(),
        }
    }

    /// Opens an upload, which the first blob will use.
    fn open_session(&self, repository: &Repository) -> Result<(), RegistryError> {
        let access = self.registries.to_push(repository)?;
        self.with_waits(Phase::Publish, |manner| self.open(&access, manner))
    }

    /// Opens uploads until there are as many as blobs are expected.
    fn open_sessions(&self, repository: &Repository, blobs: usize) -> Result<(), RegistryError> {
        let access = self.registries.to_push(repository)?;
        let missing = blobs.saturating_sub(self.sessions.count(&access.repository));
        let at_once = self.registries.settings.at_once();
        crew::each(at_once, &vec![(); missing], |()| {
            self.open(&access, Manner::ONCE)
        })
        .map(drop)
    }

    fn open(&self, access: &Access, manner: Manner<'_>) -> Result<(), RegistryError> {
        let errand = format!("the start of an upload to {}", access.repository);
        let request = Request::new(Method::POST, access.uploads());
        let answer = self.registries.call(access, &errand, &request, manner)?;
        if answer.status() != StatusCode::ACCEPTED {
            return Err(RegistryError::refused(answer, &errand));
        }
        let session = OpenedUpload::read(upload_answer(&answer))
            .map_err(|error| RegistryError::unusable(&answer.authority(), &errand, error))?;
        self.registries.judge(access, &errand, &session.location)?;
        self.sessions.keep(&access.repository, session);
        Ok(())
    }

    /// Asks one thing per tag; where there is no tag, for the image itself.
    fn is_shown(
        &self,
        digest: Digest,
        tags: &[Tag],
        repository: &Repository,
    ) -> Result<bool, RegistryError> {
        let access = self.registries.to_push(repository)?;
        let names: Vec<String> = if tags.is_empty() {
            vec![digest.to_string()]
        } else {
            tags.iter().map(ToString::to_string).collect()
        };
        let shown = crew::each(self.registries.settings.at_once(), &names, |name| {
            self.with_waits(Phase::Publish, |manner| {
                self.registries.manifest_digest(&access, name, manner)
            })
        });
        match shown {
            Ok(shown) => Ok(shown.into_iter().all(|found| found == Some(digest))),
            // What it says to an upload is what matters.
            Err(RegistryError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn bring_to(&self, layer: &HeldLayer, repository: &Repository) -> Result<(), RegistryError> {
        let access = self.registries.to_push(repository)?;
        let transfer = BlobTransfer::of_layer(layer, &access.repository);
        self.bring_blob(&access, &transfer)
    }

    fn push(&self, image: &Image, repository: &Repository) -> Result<Published, RegistryError> {
        let access = self.registries.to_push(repository)?;
        let transfers = Transfers::plan(image, &access.repository);
        // Whoever brings something or opened an upload has something new, most often: its blobs are
        // asked for first, and all at once, which is one answer less to wait for.
        let is_news = |transfer: &BlobTransfer| {
            let digest = transfer.blob.descriptor.digest;
            self.shelf.is_news(digest, &access.repository)
        };
        let is_open = self.sessions.count(&access.repository) > 0;
        let sent_bytes = if is_open || transfers.blobs.iter().any(is_news) {
            let sent_bytes = self.push_blobs(&access, &transfers)?;
            if sent_bytes == 0 && self.is_there(&access, &transfers)? {
                0
            } else {
                sent_bytes + self.push_manifests(&access, &transfers)?
            }
        } else if self.is_there(&access, &transfers)? {
            0
        } else {
            self.push_blobs(&access, &transfers)? + self.push_manifests(&access, &transfers)?
        };
        Ok(Published {
            root: transfers.root.descriptor.clone(),
            sent_bytes,
            present_bytes: transfers.size_bytes() - sent_bytes,
        })
    }

    fn is_there(&self, access: &Access, transfers: &Transfers) -> Result<bool, RegistryError> {
        let digest = transfers.root.descriptor.digest;
        let known = self.with_waits(Phase::Publish, |manner| {
            self.registries.manifest_digest(access, &digest, manner)
        })?;
        let is_there = known == Some(digest);
        if is_there {
            let message = format!("{} is there already", access.reference(digest));
            self.sink.emit(Event::Noted {
                phase: Phase::Publish,
                message,
            });
        }
        Ok(is_there)
    }

    /// Returns how many bytes were sent.
    fn push_blobs(&self, access: &Access, transfers: &Transfers) -> Result<u64, RegistryError> {
        let at_once = self.registries.settings.at_once();
        let sent_bytes = crew::each(at_once, &transfers.blobs, |transfer| {
            self.push_blob(access, transfer)
        })?;
        Ok(sent_bytes.into_iter().sum())
    }

    /// Returns how many bytes were sent. All blobs must be there.
    fn push_manifests(&self, access: &Access, transfers: &Transfers) -> Result<u64, RegistryError> {
        let at_once = self.registries.settings.at_once();
        let put = |manifest: &Blob| -> Result<u64, RegistryError> {
            let descriptor = &manifest.descriptor;
            self.with_waits(Phase::Publish, |manner| {
                self.registries
                    .put_manifest(access, manifest, &descriptor.digest, manner)
            })?;
            Ok(descriptor.size_bytes)
        };
        let children = crew::each(at_once, &transfers.children, put)?;
        let root = put(&transfers.root)?;
        let all = transfers.children.iter().chain([&transfers.root]);
        let all = all.map(|manifest| (access.repository.clone(), manifest.descriptor.digest));
        self.fresh().extend(all);
        Ok(children.into_iter().sum::<u64>() + root)
    }

    fn point(
        &self,
        image: &Image,
        tag: &Tag,
        repository: &Repository,
    ) -> Result<(), RegistryError> {
        let access = self.registries.to_push(repository)?;
        let root = image.root_blob();
        let digest = root.descriptor.digest;
        let is_fresh = self.is_fresh(&access.repository, digest);
        self.with_waits(Phase::Tag, |manner| {
            if !is_fresh && self.registries.manifest_digest(&access, tag, manner)? == Some(digest) {
                let message = format!("{repository}:{tag} shows {digest} already");
                self.sink.emit(Event::Noted {
                    phase: Phase::Tag,
                    message,
                });
                return Ok(());
            }
            self.registries.put_manifest(&access, root, tag, manner)
        })
    }

    /// Lets a registry forget an upload that was not needed; it would by itself, a day later. One that
    /// went dark is waited for once: the run is over, and many uploads may be left.
    fn cancel(&self, access: &Access, session: OpenedUpload) {
        let host = &access.endpoint.host;
        if self.silent().contains(host) {
            return;
        }
        let request = Request::new(Method::DELETE, session.location);
        let answer = self
            .registries
            .call(access, "the end of an upload", &request, Manner::ONCE);
        if answer.is_err_and(|error| error.is_without_answer()) {
            self.silent().insert(host.clone());
        }
    }

    pub(super) fn with_waits<T>(&self, phase: Phase, work: impl FnOnce(Manner<'_>) -> T) -> T {
        let listener = Listener::of_waits(self.sink, phase);
        work(Manner {
            retry: self.registries.settings.retry,
            observer: &listener,
        })
    }

    /// Tells whether this run has brought the manifest of `digest` to a repository that had it not.
    pub(super) fn is_fresh(&self, repository: &Repository, digest: Digest) -> bool {
        self.fresh().contains(&(repository.clone(), digest))
    }

    /// Lets a registry forget the uploads that were opened for nothing.
    fn cancel_left(&self, repository: &Repository) {
        let Ok(access) = self.registries.to_push(repository) else {
            return;
        };
        while let Some(session) = self.sessions.take(repository) {
            self.cancel(&access, session);
        }
    }

    fn fresh(&self) -> MutexGuard<'_, BTreeSet<(Repository, Digest)>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn silent(&self) -> MutexGuard<'_, BTreeSet<RegistryHost>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn explain(
        &self,
        error: RegistryError,
        phase: Phase,
        repository: &Repository,
        message: &str,
    ) -> BuildError {
        let login = self.registries.login_of(repository);
        error.into_build_error(phase, repository, repository, message, login.as_deref())
    }
}

impl Publisher for RegistryPublisher<'_> {
    fn check(&self, destination: &Destination) -> Result<(), BuildError> {
        let repository = repository_of(destination)?;
        self.open_session(repository).map_err(|error| {
            self.explain(error, Phase::Publish, repository, "no image can be pushed")
        })
    }

    fn shows(
        &self,
        image: &Image,
        tags: &[Tag],
        destination: &Destination,
    ) -> Result<bool, BuildError> {
        let repository = repository_of(destination)?;
        self.is_shown(image.root().digest, tags, repository)
            .map_err(|error| {
                self.explain(error, Phase::Publish, repository, "no image can be pushed")
            })
    }

    fn bring(&self, layer: &HeldLayer, destination: &Destination) {
        let brought = repository_of(destination).map(|to| self.bring_to(layer, to));
        if let Ok(Err(error)) = brought {
            self.sink.emit(Event::Noted {
                phase: Phase::Publish,
                message: format!("a layer is brought again later: {}", error.in_one_line()),
            });
        }
    }

    fn expect(&self, blobs: usize, destination: &Destination) {
        // What cannot be opened now is opened, and told, when there is something to send.
        let _ = repository_of(destination).map(|to| self.open_sessions(to, blobs));
    }

    fn publish(&self, image: &Image, destination: &Destination) -> Result<Published, BuildError> {
        let repository = repository_of(destination)?;
        self.push(image, repository).map_err(|error| {
            self.explain(error, Phase::Publish, repository, "cannot push the image")
        })
    }

    fn tag(
        &self,
        image: &Image,
        tags: &[Tag],
        destination: &Destination,
    ) -> Result<(), BuildError> {
        let repository = repository_of(destination)?;
        let point = |tag: &Tag| {
            self.point(image, tag, repository).map_err(|error| {
                let message = format!("cannot set the tag {tag}");
                self.explain(error, Phase::Tag, repository, &message)
            })
        };
        crew::each(self.registries.settings.at_once(), tags, point)?;
        self.cancel_left(repository);
        Ok(())
    }
}

impl Drop for RegistryPublisher<'_> {
    fn drop(&mut self) {
        for (repository, sessions) in self.sessions.take_all() {
            if let Ok(access) = self.registries.to_push(&repository) {
                for session in sessions {
                    self.cancel(&access, session);
                }
            }
        }
    }
}

fn repository_of(destination: &Destination) -> Result<&Repository, BuildError> {
    match destination {
        Destination::Registry(repository) => Ok(repository),
        Destination::Archive(_) | Destination::Layout(_) => {
            Err(
                BuildError::new(Phase::Publish, destination, "this is no registry")
                    .exit(ExitCode::Internal),
            )
        }
    }
}
