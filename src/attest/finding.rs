//! One thing that hangs on an image, looked at.

use super::{Bundle, PredicateType, Rejection, SignedBy, Statement};
use crate::model::Digest;

/// Something that one of the keys has signed, about the image.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// What it says.
    pub statement: Statement,
    /// The manifest that it came in; in the tags of older cosign, its own blob.
    pub found_in: Digest,
    /// Who has signed it.
    pub signed_by: SignedBy,
}

/// Something that was looked at and proves nothing.
#[derive(Debug)]
pub struct Discarded {
    /// The manifest that it came in; in the tags of older cosign, its own blob.
    pub found_in: Digest,
    /// Why.
    pub reason: Rejection,
    /// What it says of itself, where it can be read.
    pub claim: Option<Claim>,
}

/// What something says of itself, which nobody has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What kind of statement it is.
    pub predicate_type: PredicateType,
    /// Who has signed it.
    pub signed_by: SignedBy,
}

/// What became of something that hangs on an image.
#[derive(Debug)]
pub enum Finding {
    /// It holds.
    Proven(Proven),
    /// It does not.
    Discarded(Discarded),
}

impl Finding {
    /// Passes over something that came in `found_in`.
    pub fn discarded(found_in: Digest, reason: impl Into<Rejection>) -> Self {
        Self::Discarded(Discarded {
            found_in,
            reason: reason.into(),
            claim: None,
        })
    }

    pub(super) fn proven(found_in: Digest, statement: Statement, signed_by: SignedBy) -> Self {
        Self::Proven(Proven {
            statement,
            found_in,
            signed_by,
        })
    }

    /// Lets what holds hold no more, where what it came in refers to another image than `subject`.
    #[must_use]
    pub fn referring_to(self, refers_to: Option<Digest>, subject: Digest) -> Self {
        match (self, refers_to) {
            (Self::Proven(proven), Some(other)) if other != subject => Self::Discarded(Discarded {
                found_in: proven.found_in,
                reason: Rejection::OtherSubject(other),
                claim: Some(Claim {
                    predicate_type: proven.statement.predicate_type,
                    signed_by: proven.signed_by,
                }),
            }),
            (finding, _) => finding,
        }
    }
}

impl Claim {
    pub(super) fn of(bundle: &Bundle) -> Option<Self> {
        let statement = bundle.unchecked_head().ok()?;
        Some(Self {
            predicate_type: statement.predicate_type,
            signed_by: SignedBy::claim_of(bundle),
        })
    }
}
