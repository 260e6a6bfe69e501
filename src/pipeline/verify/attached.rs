//! What hangs on an image, to be shown.

use crate::attest::{Discarded, Finding, Proven, Rejection};
use crate::model::{BuildError, Digest, Event, ExitCode};
use crate::report::{Attached, AttachedVerdict};

use super::super::inspect::InspectRequest;
use super::examine::{Examiner, OtherArtifact};
use super::reason;

/// What is shown of something that cannot be read.
const UNKNOWN: &str = "unknown";

/// Returns what hangs on the image of `subject`, signatures first.
pub(in crate::pipeline) fn attached(
    request: &InspectRequest<'_>,
    subject: Digest,
) -> Result<Vec<Attached>, BuildError> {
    let Some(asked) = &request.attached else {
        return Ok(Vec::new());
    };
    let examiner = Examiner::new(
        asked.referrers,
        asked.repository,
        asked.demand,
        request.events,
    );
    let examined = match examiner.examine(subject) {
        Ok(examined) => examined,
        // The image itself can be shown all the same.
        Err(error) if matches!(error.exit_code(), ExitCode::Refused | ExitCode::Denied) => {
            request.events.emit(Event::Warned {
                phase: error.phase,
                message: error.in_one_line(),
                hints: error.hints,
            });
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let findings = examined.findings.into_all().map(|finding| match finding {
        Finding::Proven(proven) => of_proven(&proven),
        Finding::Discarded(discarded) => of_discarded(&discarded),
    });
    let others = examined.others.into_iter().map(of_other);
    let mut all: Vec<Attached> = findings.chain(others).collect();
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(all)
}

fn order(attached: &Attached) -> (AttachedVerdict, bool, &str, &str) {
    let is_signature = attached.kind == "signature";
    let Attached { kind, found_in, .. } = attached;
    (attached.verdict, !is_signature, kind, found_in)
}

fn of_proven(proven: &Proven) -> Attached {
    Attached {
        kind: proven.statement.predicate_type.short_name().to_owned(),
        found_in: proven.found_in.to_string(),
        verdict: AttachedVerdict::Verified,
        signed_by: Some(proven.signed_by.to_string()),
        reason: None,
    }
}

fn of_discarded(discarded: &Discarded) -> Attached {
    let claim = discarded.claim.as_ref();
    let kind = claim.map_or(UNKNOWN, |claim| claim.predicate_type.short_name());
    let (verdict, reason) = match discarded.reason {
        Rejection::NoKeys => (AttachedVerdict::NotVerified, None),
        _ => (AttachedVerdict::Worthless, Some(reason(discarded))),
    };
    Attached {
        kind: kind.to_owned(),
        found_in: discarded.found_in.to_string(),
        verdict,
        signed_by: claim.map(|claim| claim.signed_by.to_string()),
        reason,
    }
}

fn of_other(other: OtherArtifact) -> Attached {
    Attached {
        kind: other.artifact_type.unwrap_or_else(|| UNKNOWN.to_owned()),
        found_in: other.manifest.to_string(),
        verdict: AttachedVerdict::NoStatement,
        signed_by: None,
        reason: None,
    }
}
