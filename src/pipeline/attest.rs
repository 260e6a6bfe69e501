//! What is said of an image that was just published, signed, and hung onto it: before any tag moves.

use serde_json::json;

use crate::attest::{
    Artifact, Bundle, ClassicPayload, ClassicSignatures, PREDICATE_TYPE, Statement,
};
use crate::config::{AttestConfig, SignConfig, SignatureFormat};
use crate::image::Image;
use crate::model::{
    BuildError, Descriptor, Digest, Event, Phase, Repository, Work, canonical_json, crew,
};
use crate::plan::Destination;
use crate::ports::{AttestedShelf, Progress, Referrers, Signer};
use crate::publish::{Referrer, ReferrerList};

use super::Ports;

/// Who signs, and what.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// Who.
    pub signer: &'a dyn Signer,
    /// What hangs on images.
    pub referrers: &'a dyn Referrers,
    /// What this machine has hung there.
    pub shelf: &'a dyn AttestedShelf,
    /// How signatures are written.
    pub sign: &'a SignConfig,
    /// What is said beside.
    pub attest: &'a AttestConfig,
}

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// Signs `image`, which is at `destination`, where that is wanted.
pub(super) fn attest(
    ports: &Ports<'_>,
    image: &Image,
    destination: &Destination,
) -> Result<(), BuildError> {
    let (Some(signing), Destination::Registry(repository)) = (&ports.signing, destination) else {
        return Ok(());
    };
    let root = image.root();
    let work = Work::new(Phase::Attest, format!("{repository}@{}", root.digest));
    let _progress = Progress::start(ports.events, work, None);
    // What hangs on the whole is listed again when nothing has changed: it comes last.
    let parts = image.platforms.iter().map(|it| &it.manifest.descriptor);
    let parts: Vec<&Descriptor> = parts.filter(|part| part.digest != root.digest).collect();
    let hang = |subject: &&Descriptor| hang(ports, signing, subject, repository);
    crew::each(AT_ONCE, &parts, hang)?;
    let hung = hang(&root)?;
    signing
        .shelf
        .keep(record_key(signing, root.digest, repository), &hung);
    Ok(())
}

/// Tells whether all that is wanted hangs on `image` already, as far as one list says.
///
/// # Errors
/// When the registry cannot be reached.
pub(super) fn is_attested(
    ports: &Ports<'_>,
    image: &Image,
    destination: &Destination,
) -> Result<bool, BuildError> {
    let (Some(signing), Destination::Registry(repository)) = (&ports.signing, destination) else {
        return Ok(true);
    };
    let root = image.root();
    let key = record_key(signing, root.digest, repository);
    let Some(expected) = signing.shelf.find(key) else {
        return Ok(false);
    };
    let listed = signing.referrers.list(root, repository)?;
    Ok(expected.into_iter().all(|manifest| listed.holds(manifest)))
}

/// Hangs all that is said of `subject` onto it, and returns the manifests of it.
fn hang(
    ports: &Ports<'_>,
    signing: &Signing<'_>,
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Vec<Digest>, BuildError> {
    let listed = signing.referrers.list(subject, repository)?;
    let mut hung = Vec::new();
    let mut missing = Vec::new();
    for statement in statements(signing, subject) {
        match there(signing, &listed, &statement, repository)? {
            Some(manifest) => hung.push(manifest),
            None => missing.push(artifact(signing, &statement, subject)?),
        }
    }
    hung.extend(missing.iter().map(|it| it.descriptor().digest));
    if signing.sign.formats.contains(&SignatureFormat::Classic) {
        sign_classic(signing, subject, repository)?;
    }
    if missing.is_empty() {
        ports.events.emit(Event::Noted {
            phase: Phase::Attest,
            message: format!("{repository}@{} is signed already", subject.digest),
        });
    } else {
        signing.referrers.attach(&missing, subject, repository)?;
    }
    Ok(hung)
}

/// Adds a signature to those that a tag beside the image keeps. Nothing keeps two who do so at once
/// apart; nobody but older tools needs it.
fn sign_classic(
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

/// Returns what is said of `subject`.
fn statements(signing: &Signing<'_>, subject: &Descriptor) -> Vec<Statement> {
    let annotations = signing.sign.annotations.clone();
    let signature = Statement::signature(subject.digest, annotations);
    let is_wanted = signing.sign.formats.contains(&SignatureFormat::Bundle);
    is_wanted.then_some(signature).into_iter().collect()
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

/// Names an image in a place with all that decides what is hung onto it.
fn record_key(signing: &Signing<'_>, root: Digest, repository: &Repository) -> Digest {
    let attest = signing.attest;
    Digest::of(&canonical_json(&json!({
        "coracle": env!("CARGO_PKG_VERSION"),
        "image": root,
        "repository": repository.to_string(),
        "signer": signing.signer.name(),
        "formats": format!("{:?}", signing.sign.formats),
        "annotations": signing.sign.annotations,
        "statements": format!("{attest:?}"),
    })))
}
