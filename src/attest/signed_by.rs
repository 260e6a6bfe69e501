//! Who a signature is by.

use std::fmt;

use super::keyless::Signatory;
use super::{Bundle, Material};

/// Who a signature is by, or says it is by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedBy {
    /// A key, by the name that bundles give it: the base64 of the SHA-256 of its `SubjectPublicKeyInfo`.
    Key(String),
    /// An identity that a certificate names; whose, is known where that was checked.
    Identity(Option<Signatory>),
    /// Somebody whom nothing names.
    Unnamed,
}

impl SignedBy {
    /// Returns who `bundle` says it is by, which nobody has checked.
    pub(super) fn claim_of(bundle: &Bundle) -> Self {
        match &bundle.material {
            Material::Key { hint } if hint.is_empty() => Self::Unnamed,
            Material::Key { hint } => Self::Key(hint.clone()),
            Material::Keyless(_) => Self::Identity(None),
        }
    }
}

impl fmt::Display for SignedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(hint) => write!(f, "key {hint}"),
            Self::Identity(None) => f.write_str("an identity"),
            Self::Identity(Some(signatory)) => signatory.fmt(f),
            Self::Unnamed => f.write_str("nobody named"),
        }
    }
}
