//! The files of a release into a registry, beside the images.

use std::collections::BTreeMap;

use crate::attest::SIGNATURE_ENDING;
use crate::model::{Blob, BuildError, Descriptor, Event, MediaType, Phase, Work};
use crate::plan::{CHECKSUMS, DistPlan, ReleasePlace};
use crate::ports::{Progress, ReleaseStore, Signer};
use crate::publish::{ReleaseArtifact, ReleaseFile};
use crate::report::PushedRelease;

use super::super::attest::{Ready, list};
use super::super::check::GateOrder;
use super::super::{Ports, Signing};
use super::files::{FileContent, Made, checksums, signature};

/// What is said of one image alone, and not of the files of a release with those of several.
const TITLE: &str = "org.opencontainers.image.title";

/// Who takes the files of a release.
#[derive(Clone, Copy)]
pub struct ReleaseSink<'a> {
    /// The registries.
    pub store: &'a dyn ReleaseStore,
    /// The rules that are kept before anything goes there, where there are any.
    pub gate: Option<GateOrder<'a>>,
}

/// Pushes what was `made`, all that belongs to one place together, and returns what is where.
pub(super) fn push(
    ports: &Ports<'_>,
    plan: &DistPlan,
    made: &[Made],
    sink: ReleaseSink<'_>,
    signer: Option<&dyn Signer>,
) -> (Vec<PushedRelease>, Vec<BuildError>) {
    let (mut pushed, mut errors) = (Vec::new(), Vec::new());
    let places = places(plan);
    for (place, images) in &places {
        let files = if places.len() == 1 {
            Ok(made.iter().map(release_file).collect())
        } else {
            files_of(images, made, signer)
        };
        let artifact = files.map(|files| {
            let annotations = annotations(plan, images);
            ReleaseArtifact::new(files, &annotations)
        });
        match artifact.and_then(|artifact| send(ports, &artifact, place, sink.store)) {
            Ok(release) => pushed.push(release),
            Err(error) => errors.push(error),
        }
    }
    (pushed, errors)
}

/// Returns the places, and the numbers of the images whose files go there.
pub(super) fn places(plan: &DistPlan) -> BTreeMap<&ReleasePlace, Vec<usize>> {
    let mut places: BTreeMap<&ReleasePlace, Vec<usize>> = BTreeMap::new();
    for (number, image) in plan.images.iter().enumerate() {
        if let Some(place) = &image.place {
            places.entry(place).or_default().push(number);
        }
    }
    places
}

fn annotations(plan: &DistPlan, images: &[usize]) -> BTreeMap<String, String> {
    let mut all = images.iter().map(|image| &plan.images[*image].annotations);
    let mut annotations = all.next().cloned().unwrap_or_default();
    if images.len() > 1 {
        annotations.remove(TITLE);
    }
    annotations
}

/// Returns the files of some of several images, with a list of their own.
fn files_of(
    images: &[usize],
    made: &[Made],
    signer: Option<&dyn Signer>,
) -> Result<Vec<ReleaseFile>, BuildError> {
    let of_images = |made: &&Made| made.images.iter().any(|image| images.contains(image));
    let made: Vec<Made> = made.iter().filter(of_images).cloned().collect();
    let sums = small_file(CHECKSUMS, FileContent::Checksums, checksums(&made).into());
    let mut files: Vec<ReleaseFile> = made.iter().map(release_file).collect();
    if let Some(signer) = signer {
        let bytes = signature(signer, CHECKSUMS, sums.blob.descriptor.digest)?;
        let name = format!("{CHECKSUMS}.{SIGNATURE_ENDING}");
        files.push(small_file(&name, FileContent::Signature, bytes));
    }
    files.push(sums);
    Ok(files)
}

fn release_file(made: &Made) -> ReleaseFile {
    let descriptor = Descriptor {
        media_type: MediaType::Other(made.content.media_type().to_owned()),
        digest: made.placed.digest,
        size_bytes: made.placed.size_bytes,
    };
    ReleaseFile {
        name: made.name.clone(),
        blob: Blob::new(descriptor, made.placed.source.clone()),
    }
}

fn small_file(name: &str, content: FileContent, bytes: Vec<u8>) -> ReleaseFile {
    let media_type = MediaType::Other(content.media_type().to_owned());
    ReleaseFile {
        name: name.to_owned(),
        blob: Blob::of_bytes(media_type, bytes),
    }
}

/// Sends an artifact, unless its tag shows it, and signs it where it is not: the tag is set last.
fn send(
    ports: &Ports<'_>,
    artifact: &ReleaseArtifact,
    place: &ReleasePlace,
    store: &dyn ReleaseStore,
) -> Result<PushedRelease, BuildError> {
    let ReleasePlace { repository, tag } = place;
    let manifest = &artifact.manifest;
    let digest = manifest.descriptor.digest;
    let reference = format!("{repository}:{tag}");
    let work = Work::new(Phase::Publish, &reference);
    let _progress = Progress::start(ports.events, work, None);
    let is_there = store.shows(digest, tag, repository)?;
    let sent_bytes = if is_there {
        0
    } else {
        store.put(&artifact.blobs, manifest, repository)?
    };
    // It may be there from before there was a key, or with another's signature.
    if let Some(signing) = &ports.signing {
        hang(signing, &manifest.descriptor, place)?;
    }
    if !is_there {
        store.tag(manifest, tag, repository)?;
    }
    ports.events.emit(Event::Noted {
        phase: Phase::Publish,
        message: format!("the files are {reference}@{digest}"),
    });
    Ok(PushedRelease {
        reference,
        digest: digest.to_string(),
        sent_bytes,
    })
}

/// Signs the artifact as an image is.
fn hang(
    signing: &Signing<'_>,
    subject: &Descriptor,
    place: &ReleasePlace,
) -> Result<(), BuildError> {
    let repository = &place.repository;
    let listed = list(signing, subject, repository)?;
    let statements = [signing.signature(subject)];
    let ready = Ready::new(signing, &statements, subject, repository, &listed)?;
    ready.hang().map(drop)
}
