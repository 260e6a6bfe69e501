//! What hangs on images of a registry.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::access::Access;
use super::call::Manner;
use super::listeners::Listener;
use super::manifests::accepting;
use super::publisher::RegistryPublisher;
use super::registry_error::RegistryError;
use crate::adapters::http::header::{HeaderName, LINK};
use crate::adapters::http::{HttpError, Request, StatusCode};
use crate::attest::Artifact;
use crate::model::{
    Blob, BuildError, Descriptor, Digest, MediaType, Phase, RegistryHost, Repository, Tag, crew,
    limits,
};
use crate::ports::Referrers;
use crate::publish::{BlobTransfer, Referrer, ReferrerList, ReferrerPages, fallback_tag};

/// By which a registry says that it lists what refers to an image by itself.
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// How often a list that others write too is written until they all agree.
const MOST_ROUNDS: u32 = 20;

/// How long two who write the same list keep out of each other's way, at first.
const SHORT_WHILE: Duration = Duration::from_millis(20);

/// Reads and adds what refers to images of registries.
pub struct RegistryReferrers<'a> {
    publisher: Arc<RegistryPublisher<'a>>,
    /// Each is held while the list of an image is written that is kept under a tag: within a run nobody
    /// loses anything.
    writing: Mutex<BTreeMap<Digest, Arc<Mutex<()>>>>,
    /// Registries that list nothing by themselves.
    tagged_lists: Mutex<BTreeSet<RegistryHost>>,
}

impl<'a> RegistryReferrers<'a> {
    /// Hangs things onto what `publisher` pushes.
    pub fn new(publisher: Arc<RegistryPublisher<'a>>) -> Self {
        Self {
            publisher,
            writing: Mutex::default(),
            tagged_lists: Mutex::default(),
        }
    }

    fn all(&self, access: &Access, subject: Digest) -> Result<ReferrerList, RegistryError> {
        let host = access.repository.host().as_str();
        let errand = format!(
            "the request for what refers to {}",
            access.reference(subject)
        );
        let mut url = access.referrers(subject);
        let mut pages = ReferrerPages::new(&url);
        loop {
            let request = accepting(Request::get(url.clone()), &errand)?;
            let answer = self.listening(|manner| {
                self.publisher
                    .registries
                    .call(access, &errand, &request, manner)
            })?;
            match answer.status() {
                StatusCode::OK => {}
                // Nothing but the tag is left to ask for.
                StatusCode::NOT_FOUND
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::NOT_IMPLEMENTED => {
                    self.tagged_lists().insert(access.repository.host().clone());
                    return self.listed_by_tag(access, subject);
                }
                _ => return Err(RegistryError::refused(answer, &errand)),
            }
            let link = answer.header(&LINK).map(str::to_owned);
            let page = answer
                .bytes(limits::MANIFEST_BYTES)
                .map_err(|error| RegistryError::no_answer(&errand, error))?;
            let next = pages.take(&url, &page, link.as_deref());
            match next.map_err(|error| RegistryError::unusable(host, &errand, error))? {
                Some(next) => url = next,
                None => return Ok(pages.into_list()),
            }
        }
    }

    /// Returns the list that is kept under a tag.
    fn listed_by_tag(
        &self,
        access: &Access,
        subject: Digest,
    ) -> Result<ReferrerList, RegistryError> {
        let errand = format!("the request for the tag of what refers to {subject}");
        let tag = fallback_tag(subject).map_err(|error| {
            RegistryError::unusable(access.repository.host().as_str(), &errand, error)
        })?;
        match self.manifest(access, &tag, &errand)? {
            None => Ok(ReferrerList::default()),
            Some(bytes) => ReferrerList::parse(&bytes).map_err(|error| {
                RegistryError::unusable(access.repository.host().as_str(), &errand, error)
            }),
        }
    }

    /// Returns what `tag` names.
    fn manifest(
        &self,
        access: &Access,
        tag: &Tag,
        errand: &str,
    ) -> Result<Option<Vec<u8>>, RegistryError> {
        let request = accepting(Request::get(access.manifest(tag)), errand)?;
        let answer = self.listening(|manner| {
            self.publisher
                .registries
                .call(access, errand, &request, manner)
        })?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => answer
                .bytes(limits::MANIFEST_BYTES)
                .map(Some)
                .map_err(|error| RegistryError::no_answer(errand, error)),
            _ => Err(RegistryError::refused(answer, errand)),
        }
    }

    /// Puts `referrers` into the list that is kept under a tag. Nothing tells two writers apart: who
    /// finds that another has written over it writes again.
    fn add_to_tag(
        &self,
        access: &Access,
        subject: Digest,
        referrers: &[Referrer],
        mut before: Option<ReferrerList>,
    ) -> Result<(), RegistryError> {
        let writing = self.writing(subject);
        let _writing = writing.lock().unwrap_or_else(PoisonError::into_inner);
        let errand = format!("the list of what refers to {subject}");
        let host = access.repository.host().as_str();
        let tag =
            fallback_tag(subject).map_err(|error| RegistryError::unusable(host, &errand, error))?;
        for round in 0..MOST_ROUNDS {
            let mut list = match before.take() {
                Some(list) => list,
                None => self.listed_by_tag(access, subject)?,
            };
            if round > 0 && !list.holds_all(referrers) {
                self.keep_away(round)?;
                // Whoever wrote during the wait, and found it well, never looks again.
                list = self.listed_by_tag(access, subject)?;
            }
            if list.holds_all(referrers) {
                return Ok(());
            }
            let bytes = list.with(referrers).to_bytes();
            let index = Blob::of_bytes(MediaType::Index, bytes);
            self.listening(|manner| {
                self.publisher
                    .registries
                    .put_manifest(access, &index, &tag, manner)
            })?;
        }
        Err(RegistryError::unusable(
            host,
            &errand,
            "others write it again and again",
        ))
    }

    /// Waits a while that differs from one process to the other.
    fn keep_away(&self, round: u32) -> Result<(), RegistryError> {
        let part = std::process::id() % 16;
        let wait = SHORT_WHILE * round.min(5) * (1 + part) / 4;
        self.publisher
            .registries
            .client
            .wait(wait)
            .map_err(|error| RegistryError::no_answer("a wait", error))
    }

    fn hang(
        &self,
        access: &Access,
        artifacts: &[Artifact],
        subject: Digest,
    ) -> Result<(), RegistryError> {
        let at_once = self.publisher.registries.settings.at_once();
        self.put_news(access, artifacts)?;
        let put = || {
            crew::each(at_once, artifacts, |artifact| {
                let digest = artifact.descriptor().digest;
                let answer = self.listening(|manner| {
                    let registries = &self.publisher.registries;
                    registries.store_manifest(access, &artifact.manifest, &digest, manner)
                })?;
                Ok::<_, RegistryError>(answer.header(&SUBJECT).is_some())
            })
        };
        let (listed, before) = self.beside_its_list(access, subject, put)?;
        let unlisted: Vec<Referrer> = artifacts
            .iter()
            .zip(listed)
            .filter(|(_, listed)| !listed)
            .map(|(artifact, _)| Referrer {
                manifest: artifact.descriptor().clone(),
                artifact_type: Some(artifact.artifact_type.clone()),
                annotations: Some(artifact.annotations.clone()),
            })
            .collect();
        if unlisted.is_empty() {
            return Ok(());
        }
        self.add_to_tag(access, subject, &unlisted, before)
    }

    /// Does `work`, and reads the list that is kept under a tag meanwhile, where a registry has no other and
    /// nobody else can write it yet: this run has just brought the image there.
    fn beside_its_list<T>(
        &self,
        access: &Access,
        subject: Digest,
        work: impl FnOnce() -> Result<T, RegistryError>,
    ) -> Result<(T, Option<ReferrerList>), RegistryError> {
        let is_alone = self.publisher.is_fresh(&access.repository, subject)
            && self.tagged_lists().contains(access.repository.host());
        std::thread::scope(|scope| {
            let reading = is_alone.then(|| scope.spawn(|| self.listed_by_tag(access, subject)));
            let done = work();
            let read = reading.map(|reading| {
                reading
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            Ok((done?, read.transpose()?))
        })
    }

    fn writing(&self, subject: Digest) -> Arc<Mutex<()>> {
        let mut all = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(subject).or_default())
    }

    fn tagged_lists(&self) -> MutexGuard<'_, BTreeSet<RegistryHost>> {
        let lists = self.tagged_lists.lock();
        lists.unwrap_or_else(PoisonError::into_inner)
    }

    fn put_blobs<'b>(
        &self,
        access: &Access,
        blobs: impl Iterator<Item = &'b Blob>,
    ) -> Result<(), RegistryError> {
        let mut blobs: Vec<&Blob> = blobs.collect();
        blobs.sort_by_key(|blob| blob.descriptor.digest);
        blobs.dedup_by_key(|blob| blob.descriptor.digest);
        let at_once = self.publisher.registries.settings.at_once();
        let put = |blob: &&Blob| {
            let transfer = BlobTransfer {
                blob: (*blob).clone(),
                mount_from: None,
            };
            self.publisher.push_blob(access, &transfer)
        };
        crew::each(at_once, &blobs, put).map(drop)
    }

    /// Brings what artifacts hold: signatures and what was signed, which are news to everybody.
    fn put_news(&self, access: &Access, artifacts: &[Artifact]) -> Result<(), RegistryError> {
        let mut blobs: Vec<&Blob> = artifacts.iter().flat_map(|it| &it.blobs).collect();
        blobs.sort_by_key(|blob| blob.descriptor.digest);
        blobs.dedup_by_key(|blob| blob.descriptor.digest);
        let at_once = self.publisher.registries.settings.at_once();
        crew::each(at_once, &blobs, |blob| {
            self.publisher.push_news(access, blob)
        })
        .map(drop)
    }

    fn put_tagged(
        &self,
        access: &Access,
        blobs: &[Blob],
        manifest: &Blob,
        tag: &Tag,
    ) -> Result<(), RegistryError> {
        self.put_blobs(access, blobs.iter())?;
        self.listening(|manner| {
            self.publisher
                .registries
                .put_manifest(access, manifest, tag, manner)
        })
    }

    fn small(&self, access: &Access, descriptor: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        let media_type = &descriptor.media_type;
        let is_manifest = media_type.is_manifest() || media_type.is_index();
        let (url, most) = if is_manifest {
            (access.manifest(&descriptor.digest), limits::MANIFEST_BYTES)
        } else {
            (access.blob(descriptor.digest), limits::ATTESTATION_BYTES)
        };
        let errand = format!("the request for {}", access.reference(descriptor.digest));
        let request = accepting(Request::get(url), &errand)?;
        let bytes = RefCell::new(Vec::new());
        self.listening(|manner| {
            self.publisher
                .registries
                .receive(access, &errand, &request, manner, &mut |answer| {
                    *bytes.borrow_mut() = answer.bytes(most.min(descriptor.size_bytes))?;
                    Ok::<_, HttpError>(())
                })
        })?;
        let bytes = bytes.into_inner();
        let found = Digest::of(&bytes);
        if found == descriptor.digest {
            return Ok(bytes);
        }
        let message = format!(
            "its digest differs, expected {}, found {found}",
            descriptor.digest
        );
        let host = access.repository.host().as_str();
        Err(RegistryError::unusable(host, &errand, message))
    }

    fn listening<T>(&self, work: impl FnOnce(Manner<'_>) -> T) -> T {
        let listener = Listener::of_waits(self.publisher.sink, Phase::Attest);
        work(Manner {
            retry: self.publisher.registries.settings.retry,
            observer: &listener,
        })
    }

    fn explain(&self, error: RegistryError, repository: &Repository, message: &str) -> BuildError {
        let login = self.publisher.registries.login_of(repository);
        error.into_build_error(
            Phase::Attest,
            repository,
            repository,
            message,
            login.as_deref(),
        )
    }
}

impl Referrers for RegistryReferrers<'_> {
    fn list(&self, subject: Digest, repository: &Repository) -> Result<ReferrerList, BuildError> {
        let access = self.publisher.registries.to_pull(repository);
        access
            .and_then(|access| self.all(&access, subject))
            .map_err(|error| self.explain(error, repository, "cannot list what hangs on the image"))
    }

    fn read(
        &self,
        descriptor: &Descriptor,
        repository: &Repository,
    ) -> Result<Vec<u8>, BuildError> {
        let access = self.publisher.registries.to_pull(repository);
        access
            .and_then(|access| self.small(&access, descriptor))
            .map_err(|error| self.explain(error, repository, "cannot read what hangs on the image"))
    }

    fn tagged(&self, tag: &Tag, repository: &Repository) -> Result<Option<Vec<u8>>, BuildError> {
        let access = self.publisher.registries.to_pull(repository);
        let errand = format!("the request for {repository}:{tag}");
        access
            .and_then(|access| self.manifest(&access, tag, &errand))
            .map_err(|error| self.explain(error, repository, "cannot read what hangs on the image"))
    }

    fn put(
        &self,
        blobs: &[Blob],
        manifest: &Blob,
        tag: &Tag,
        repository: &Repository,
    ) -> Result<(), BuildError> {
        let access = self.publisher.registries.to_push(repository);
        access
            .and_then(|access| self.put_tagged(&access, blobs, manifest, tag))
            .map_err(|error| self.explain(error, repository, "cannot sign the image"))
    }

    fn bring(&self, artifacts: &[Artifact], repository: &Repository) -> Result<(), BuildError> {
        let access = self.publisher.registries.to_push(repository);
        access
            .and_then(|access| self.put_news(&access, artifacts))
            .map_err(|error| self.explain(error, repository, "cannot sign the image"))
    }

    fn attach(
        &self,
        artifacts: &[Artifact],
        subject: &Descriptor,
        repository: &Repository,
    ) -> Result<(), BuildError> {
        let access = self.publisher.registries.to_push(repository);
        access
            .and_then(|access| self.hang(&access, artifacts, subject.digest))
            .map_err(|error| self.explain(error, repository, "cannot sign the image"))
    }
}
