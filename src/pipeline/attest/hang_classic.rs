//! Signatures and statements in the tags beside an image that cosign before version 3 looks for.
//!
//! Nothing keeps two who write such a tag at once apart; nobody but older tools needs it.

use std::collections::BTreeSet;

use crate::attest::{
    Bundle, ClassicAttestations, ClassicPayload, ClassicSignatures, Envelope, Statement,
};
use crate::model::{Blob, BuildError, Descriptor, Digest, Phase, Repository, Tag, limits};

use super::super::Signing;
use super::super::bounded_reader::BoundedReader;
use super::hang::said_in;

/// Returns the manifests of the tags beside an image that are there.
pub(super) fn classic_manifests(
    signing: &Signing<'_>,
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Vec<Digest>, BuildError> {
    let tags = [
        ClassicSignatures::tag(subject.digest),
        ClassicAttestations::tag(subject.digest),
    ];
    let mut manifests = Vec::new();
    for tag in tags {
        let tag = tag.map_err(|error| wrong(repository, error))?;
        let there = signing.referrers.tagged(&tag, repository)?;
        manifests.extend(there.map(|bytes| Digest::of(&bytes)));
    }
    Ok(manifests)
}

/// Adds a signature to those of the tag that ends in `.sig`, and returns the tag's manifest.
pub(super) fn sign_classic(
    signing: &Signing<'_>,
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Digest, BuildError> {
    let tag = ClassicSignatures::tag(subject.digest).map_err(|error| wrong(repository, error))?;
    let (manifest, there) = match signing.referrers.tagged(&tag, repository)? {
        None => (None, ClassicSignatures::default()),
        Some(bytes) => {
            let there = ClassicSignatures::parse(&bytes)
                .map_err(|error| no_list(repository, &tag, "signatures", &error))?;
            (Some(Digest::of(&bytes)), there)
        }
    };
    let annotations = signing.sign.annotations.clone();
    let payload = ClassicPayload::new(subject.digest, repository, annotations);
    let (bytes, payload) = (payload.to_bytes(), payload.blob());
    let key = signing.signer.public_key()?;
    let mut signatures = there.signatures().into_iter();
    let is_there = signatures.any(|it| it.payload == payload.descriptor && it.is_by(&key, &bytes));
    if let (Some(manifest), true) = (manifest, is_there) {
        return Ok(manifest);
    }
    let signature = signing.signer.sign_payload(&bytes)?;
    let (config, manifest) = there.with(&payload.descriptor, &signature).to_blobs();
    let blobs = [config, payload];
    signing.referrers.put(&blobs, &manifest, &tag, repository)?;
    Ok(manifest.descriptor.digest)
}

/// Adds those of `statements` that are not there yet to the tag that ends in `.att`, and returns the
/// tag's manifest.
pub(super) fn attest_classic(
    signing: &Signing<'_>,
    statements: &[&Statement],
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Digest, BuildError> {
    let tag = ClassicAttestations::tag(subject.digest).map_err(|error| wrong(repository, error))?;
    let (manifest, mut all) = match signing.referrers.tagged(&tag, repository)? {
        None => (None, ClassicAttestations::default()),
        Some(bytes) => {
            let there = ClassicAttestations::parse(&bytes)
                .map_err(|error| no_list(repository, &tag, "statements", &error))?;
            (Some(Digest::of(&bytes)), there)
        }
    };
    let said = said_there(signing, statements, &all, repository)?;
    let mut blobs: Vec<Blob> = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        if said.contains(&number) {
            continue;
        }
        let envelope = signing.signer.sign(&statement.to_bytes())?.envelope;
        let blob = ClassicAttestations::blob(&envelope);
        all = all.with(&blob.descriptor, &statement.predicate_type);
        blobs.push(blob);
    }
    if let (Some(manifest), true) = (manifest, blobs.is_empty()) {
        return Ok(manifest);
    }
    let (config, manifest) = all.to_blobs();
    blobs.push(config);
    signing.referrers.put(&blobs, &manifest, &tag, repository)?;
    Ok(manifest.descriptor.digest)
}

/// Returns the numbers of the `statements` that are among `all`; what cannot be read says nothing.
fn said_there(
    signing: &Signing<'_>,
    statements: &[&Statement],
    all: &ClassicAttestations,
    repository: &Repository,
) -> Result<BTreeSet<usize>, BuildError> {
    let key = signing.signer.public_key()?;
    let reader = BoundedReader::new(signing.referrers, repository);
    let mut said = BTreeSet::new();
    for envelope in all.envelopes().iter().take(limits::READ_REFERRERS) {
        let found = reader.look(envelope, |bytes| {
            let Some(envelope) = Envelope::parse(bytes) else {
                return Vec::new();
            };
            let bundle = Bundle::of_envelope(envelope, &key);
            said_in(signing, &bundle, statements.iter().copied())
        })?;
        said.extend(found.unwrap_or_default());
    }
    Ok(said)
}

fn wrong(
    repository: &Repository,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> BuildError {
    BuildError::new(Phase::Attest, repository, "cannot sign the image").because(error)
}

fn no_list(
    repository: &Repository,
    tag: &Tag,
    what: &str,
    error: &serde_json::Error,
) -> BuildError {
    wrong(repository, format!("{tag} is no list of {what}: {error}"))
}
