//! Whether an image in a registry is signed by whom it should be, and is what it says it is.

mod attached;
mod base;
mod bases;
mod examine;
mod image;
mod signature_gate;

pub(super) use attached::attached;
pub use base::BaseDemand;
pub use bases::VerifiedBases;
pub use image::VerifiedImage;
pub use signature_gate::{GateRule, SignatureGate};

use crate::attest::{Demand, Discarded, Findings, Proven};
use crate::model::{BuildError, Cancellation, Phase, Repository, Work};
use crate::ports::{BaseSource, EventSink, ImageReader, Progress, Referrers};
use crate::report::{BaseVerdict, ProvenStatement, RefusedStatement, Verification, VerifiedBase};

use super::stored_image::StoredImage;
use base::verify_bases;
use examine::Examiner;

/// What is to be checked, and how.
pub struct VerifyRequest<'a> {
    /// The image as it was named.
    pub name: &'a str,
    /// Where it is.
    pub repository: &'a Repository,
    /// What is asked for of its signatures and statements.
    pub demand: &'a Demand,
    /// What is asked for of its base.
    pub base: BaseDemand,
    /// Where bases are found.
    pub bases: &'a dyn BaseSource,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// An image that is what was asked for.
pub struct Verified {
    /// What is told of it.
    pub found: Verification,
    /// The statements that hold, signatures first.
    pub proven: Vec<Proven>,
}

/// Looks at all that hangs on the image of `reader`, and compares it with what is asked for.
///
/// # Errors
/// When the image cannot be read; and each thing that is asked for and does not hold, with all that
/// was looked at.
pub fn verify(
    reader: &dyn ImageReader,
    referrers: &dyn Referrers,
    request: &VerifyRequest<'_>,
) -> Result<Verified, Vec<BuildError>> {
    let one = |error| vec![error];
    let work = Work::new(Phase::Verify, request.name);
    let _progress = Progress::start(request.events, work, None);
    let root = reader.root().map_err(one)?.descriptor;
    let examiner = Examiner::new(
        referrers,
        request.repository,
        request.demand,
        request.events,
    );
    let mut findings = examiner.examine(root.digest).map_err(one)?.findings;
    none(missing(&findings, request))?;
    let image = StoredImage {
        reader,
        name: request.name,
        events: request.events,
        cancellation: request.cancellation,
    };
    let bases = verify_bases(&image, request.bases, request.base).map_err(one)?;
    let wrong = bases.iter().filter_map(|base| wrong_base(base, request));
    none(wrong.collect())?;
    findings
        .proven
        .sort_by_key(|it| !it.statement.is_signature());
    let found = Verification {
        form: 1,
        image: request.name.to_owned(),
        digest: root.digest.to_string(),
        statements: findings.proven.iter().map(proven).collect(),
        refused: findings.discarded.iter().map(refused).collect(),
        bases,
        rebuilt: None,
    };
    let proven = findings.proven;
    Ok(Verified { found, proven })
}

/// Goes on where there are no errors.
fn none(errors: Vec<BuildError>) -> Result<(), Vec<BuildError>> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(errors)
}

/// Says what of the demand is not met; the first error tells what was looked at.
fn missing(findings: &Findings, request: &VerifyRequest<'_>) -> Vec<BuildError> {
    let missing = findings.missing(request.demand).into_iter();
    let mut errors: Vec<BuildError> = missing
        .map(|missing| BuildError::new(Phase::Verify, request.name, missing))
        .collect();
    if let Some(first) = errors.first_mut() {
        first.hints.extend(looked_at(findings));
        if first.hints.is_empty() {
            let hint = "nothing hangs on it: sign it with coracle sign, or push it with [sign]";
            first.hints.push(hint.to_owned());
        }
    }
    errors
}

/// Returns what was found instead of what was asked for.
pub(super) fn looked_at(findings: &Findings) -> Vec<String> {
    /// Whoever may write can hang thousands of things onto an image.
    const MOST: usize = 20;
    let proven = findings.proven.iter().map(|it| {
        let kind = it.statement.predicate_type.short_name();
        format!("{} was looked at: it is {kind}", it.found_in)
    });
    let discarded = findings.discarded.iter();
    let discarded = discarded.map(|it| format!("{} was looked at: {}", it.found_in, reason(it)));
    let mut told: Vec<String> = proven.chain(discarded).collect();
    let rest = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    if rest > 0 {
        told.push(format!("and {rest} more were looked at"));
    }
    told
}

/// Says what is wrong with a base, if that is asked for.
fn wrong_base(base: &VerifiedBase, request: &VerifyRequest<'_>) -> Option<BuildError> {
    let wrong = |message| BuildError::new(Phase::Verify, request.name, message);
    let name = base.name.as_deref().unwrap_or_default();
    let platforms = base.platforms.join(", ");
    let reason = base.reason.clone().unwrap_or_default();
    let is_required = request.base == BaseDemand::Holds;
    match base.verdict {
        BaseVerdict::Differs => Some(
            wrong(format!(
                "{platforms} does not stand on the base that it names, {name}"
            ))
            .because(reason)
            .hint("--skip-base leaves the base alone"),
        ),
        BaseVerdict::NotNamed if is_required => Some(wrong(format!("{platforms} names no base"))),
        BaseVerdict::NotChecked if is_required => {
            Some(wrong(format!("its base cannot be looked at, {name}")).because(reason))
        }
        _ => None,
    }
}

fn proven(proven: &Proven) -> ProvenStatement {
    let kind = &proven.statement.predicate_type;
    ProvenStatement {
        kind: kind.short_name().to_owned(),
        predicate_type: kind.as_str().to_owned(),
        found_in: proven.found_in.to_string(),
        signed_by: proven.signed_by.to_string(),
        annotations: proven.statement.subject.annotations.clone(),
    }
}

fn refused(discarded: &Discarded) -> RefusedStatement {
    let claim = discarded.claim.as_ref();
    RefusedStatement {
        kind: claim.map(|claim| claim.predicate_type.short_name().to_owned()),
        found_in: discarded.found_in.to_string(),
        reason: reason(discarded),
    }
}

/// Returns the reason with its causes, in one line.
pub(super) fn reason(discarded: &Discarded) -> String {
    let first: &dyn std::error::Error = &discarded.reason;
    let all = std::iter::successors(Some(first), |&error| error.source());
    let all: Vec<String> = all.map(ToString::to_string).collect();
    all.join(": ")
}
