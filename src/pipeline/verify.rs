//! Whether an image in a registry is signed by whom it should be.

use crate::attest::{Artifact, ClassicSignatures, Demand, Findings};
use crate::model::{BuildError, Descriptor, Digest, Event, Phase, Repository, Work, crew, limits};
use crate::ports::{EventSink, ImageReader, Progress, Referrers};
use crate::publish::Referrer;

/// What is to be checked, and how.
pub struct VerifyRequest<'a> {
    /// The image as it was named.
    pub name: &'a str,
    /// Where it is.
    pub repository: &'a Repository,
    /// What is asked for.
    pub demand: &'a Demand,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
}

/// An image that is what was asked for.
pub struct Verified {
    /// What it is called by.
    pub digest: Digest,
    /// All that holds, and all that does not.
    pub findings: Findings,
}

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// Looks at all that hangs on the image of `reader`, and compares it with what is asked for.
///
/// # Errors
/// When the image cannot be read, or something that is asked for does not hold; each thing that was
/// looked at is told with its reason.
pub fn verify(
    reader: &dyn ImageReader,
    referrers: &dyn Referrers,
    request: &VerifyRequest<'_>,
) -> Result<Verified, BuildError> {
    let root = reader.root()?.descriptor;
    let work = Work::new(Phase::Verify, request.name);
    let progress = Progress::start(request.events, work, None);
    let mut findings = Findings::default();
    judge_bundles(&mut findings, referrers, request, &root)?;
    judge_classic(&mut findings, referrers, request, &root)?;
    drop(progress);
    let missing = findings.missing(request.demand);
    let Some(first) = missing.first() else {
        return Ok(Verified {
            digest: root.digest,
            findings,
        });
    };
    let mut error = BuildError::new(Phase::Verify, request.name, first);
    for further in &missing[1..] {
        error = error.because(further.to_string());
    }
    for discarded in &findings.discarded {
        error.hints.push(format!(
            "{} was looked at: {}",
            discarded.found_in, discarded.reason
        ));
    }
    if findings.discarded.is_empty() && findings.proven.is_empty() {
        error =
            error.hint("nothing hangs on it: sign it with coracle sign, or push it with [sign]");
    }
    Err(error)
}

fn judge_bundles(
    findings: &mut Findings,
    referrers: &dyn Referrers,
    request: &VerifyRequest<'_>,
    root: &Descriptor,
) -> Result<(), BuildError> {
    let mut listed = referrers.list(root, request.repository)?.referrers();
    // Those that are called bundles come first; lists of some registries call them otherwise.
    listed.sort_by_key(|referrer| !is_called_bundle(referrer));
    if listed.len() > limits::READ_REFERRERS {
        request.events.emit(Event::Warned {
            phase: Phase::Verify,
            message: format!(
                "{} things hang on the image, and the first {} are looked at",
                listed.len(),
                limits::READ_REFERRERS
            ),
            hints: Vec::new(),
        });
        listed.truncate(limits::READ_REFERRERS);
    }
    let read = crew::each(AT_ONCE, &listed, |referrer| {
        let manifest = referrers.read(&referrer.manifest, request.repository)?;
        let Some(content) = Artifact::bundle_in(&manifest) else {
            return Ok(None);
        };
        let bytes = referrers.read(&content, request.repository)?;
        Ok::<_, BuildError>(Some((referrer.manifest.digest, bytes)))
    })?;
    for (found_in, bundle) in read.into_iter().flatten() {
        findings.judge(request.demand, root.digest, found_in, &bundle);
    }
    Ok(())
}

fn judge_classic(
    findings: &mut Findings,
    referrers: &dyn Referrers,
    request: &VerifyRequest<'_>,
    root: &Descriptor,
) -> Result<(), BuildError> {
    let wrong = |error: String| {
        BuildError::new(Phase::Verify, request.name, "its .sig tag cannot be read").because(error)
    };
    let tag = ClassicSignatures::tag(root.digest).map_err(|error| wrong(error.to_string()))?;
    let Some(manifest) = referrers.tagged(&tag, request.repository)? else {
        return Ok(());
    };
    let signatures =
        ClassicSignatures::parse(&manifest).map_err(|error| wrong(error.to_string()))?;
    for signature in signatures.signatures() {
        let payload = referrers.read(&signature.payload, request.repository)?;
        findings.judge_classic(request.demand, root.digest, &signature, &payload);
    }
    Ok(())
}

fn is_called_bundle(referrer: &Referrer) -> bool {
    let kind = referrer.artifact_type.as_deref().unwrap_or_default();
    kind.starts_with(crate::attest::BUNDLE_TYPE_PREFIX)
}
