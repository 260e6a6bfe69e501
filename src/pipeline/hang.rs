//! Signed statements onto an image that is in a registry.

use crate::attest::{
    Artifact, Bundle, ClassicPayload, ClassicSignatures, PREDICATE_TYPE, Statement,
};
use crate::model::{BuildError, Descriptor, Digest, Phase, Repository};
use crate::publish::{Referrer, ReferrerList};

use super::Signing;

/// Signs `statements` and hangs them onto `subject`, which they are about, and returns the manifests of
/// it. What hangs there already is left as it is.
pub(super) fn hang(
    signing: &Signing<'_>,
    statements: &[Statement],
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Vec<Digest>, BuildError> {
    let listed = signing.referrers.list(subject.digest, repository)?;
    let mut hung = Vec::new();
    let mut missing = Vec::new();
    for statement in statements {
        match there(signing, &listed, statement, repository)? {
            Some(manifest) => hung.push(manifest),
            None => missing.push(artifact(signing, statement, subject)?),
        }
    }
    hung.extend(missing.iter().map(|it| it.descriptor().digest));
    if !missing.is_empty() {
        signing.referrers.attach(&missing, subject, repository)?;
    }
    Ok(hung)
}

/// Adds a signature to those that a tag beside the image keeps. Nothing keeps two who do so at once
/// apart; nobody but older tools needs it.
pub(super) fn sign_classic(
    signing: &Signing<'_>,
    subject: &Descriptor,
    repository: &Repository,
) -> Result<(), BuildError> {
    let wrong = |error: String| {
        BuildError::new(Phase::Attest, repository, "cannot sign the image").because(error)
    };
    let tag = ClassicSignatures::tag(subject.digest).map_err(|error| wrong(error.to_string()))?;
    let there = match signing.referrers.tagged(&tag, repository)? {
        None => ClassicSignatures::default(),
        Some(bytes) => ClassicSignatures::parse(&bytes)
            .map_err(|error| wrong(format!("{tag} is no list of signatures: {error}")))?,
    };
    let annotations = signing.sign.annotations.clone();
    let payload = ClassicPayload::new(subject.digest, repository, annotations);
    let (bytes, payload) = (payload.to_bytes(), payload.blob());
    let key = signing.signer.public_key()?;
    let mut signatures = there.signatures().into_iter();
    if signatures.any(|it| it.payload == payload.descriptor && it.is_by(&key, &bytes)) {
        return Ok(());
    }
    let signature = signing.signer.sign_payload(&bytes)?;
    let (config, manifest) = there.with(&payload.descriptor, &signature).to_blobs();
    signing
        .referrers
        .put(&[config, payload], &manifest, &tag, repository)
}

fn artifact(
    signing: &Signing<'_>,
    statement: &Statement,
    subject: &Descriptor,
) -> Result<Artifact, BuildError> {
    let bundle = signing.signer.sign(&statement.to_bytes())?;
    Ok(Artifact::of_bundle(
        &bundle,
        &statement.predicate_type,
        subject,
    ))
}

/// Returns the manifest among those that are `listed` which holds `statement`, signed by who signs
/// now.
fn there(
    signing: &Signing<'_>,
    listed: &ReferrerList,
    statement: &Statement,
    repository: &Repository,
) -> Result<Option<Digest>, BuildError> {
    let bytes = statement.to_bytes();
    for referrer in listed.referrers() {
        if may_hold(&referrer, statement)
            && let Some(bundle) = bundle(signing, &referrer, repository)?
            && signing.signer.has_signed(&bundle, &bytes)
        {
            return Ok(Some(referrer.manifest.digest));
        }
    }
    Ok(None)
}

/// Lists of other tools do not say what kind of statement it is.
fn may_hold(referrer: &Referrer, statement: &Statement) -> bool {
    let annotations = referrer.annotations.as_ref();
    let kind = annotations.and_then(|all| all.get(PREDICATE_TYPE));
    kind.is_none_or(|kind| kind == statement.predicate_type.as_str())
}

/// Returns the bundle that `referrer` holds, if it holds one.
fn bundle(
    signing: &Signing<'_>,
    referrer: &Referrer,
    repository: &Repository,
) -> Result<Option<Bundle>, BuildError> {
    let manifest = signing.referrers.read(&referrer.manifest, repository)?;
    let Some(content) = Artifact::bundle_in(&manifest) else {
        return Ok(None);
    };
    let bytes = signing.referrers.read(&content, repository)?;
    Ok(Bundle::parse(&bytes).ok())
}
