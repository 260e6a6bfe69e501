//! Whose signatures count.

use super::keyless::{IdentityDemand, KeylessError};
use super::{Bundle, Material, PublicKey, Rejection, SignedBy, Statement};

/// Those whose signatures count. Where there are none, none does.
#[derive(Debug, Clone, Default)]
pub struct TrustedSigners {
    /// Whoever has the private half of one of these keys.
    pub keys: Vec<PublicKey>,
    /// Those who need no key.
    pub identities: Vec<IdentityDemand>,
}

impl TrustedSigners {
    /// Returns whoever has the private half of `key`.
    pub fn of_key(key: PublicKey) -> Self {
        Self {
            keys: vec![key],
            identities: Vec::new(),
        }
    }

    /// Returns whom `identity` means.
    pub fn of_identity(identity: IdentityDemand) -> Self {
        Self {
            keys: Vec::new(),
            identities: vec![identity],
        }
    }

    /// Tells whether nobody's signature counts.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.identities.is_empty()
    }

    /// Returns what `bundle` says and who signed it, if that is one of them.
    ///
    /// # Errors
    /// When it is none of them, or anything of it does not hold.
    pub fn check(&self, bundle: &Bundle) -> Result<(Statement, SignedBy), Rejection> {
        match &bundle.material {
            _ if self.is_empty() => Err(Rejection::NoKeys),
            Material::Keyless(_) if !self.identities.is_empty() => {
                by_identity(&self.identities, bundle)
            }
            _ => by_key(&self.keys, bundle),
        }
    }
}

fn by_key(keys: &[PublicKey], bundle: &Bundle) -> Result<(Statement, SignedBy), Rejection> {
    let mut last = Rejection::from(KeylessError::NoIdentity);
    for key in keys {
        match bundle.statement(key) {
            Ok(statement) => return Ok((statement, SignedBy::Key(key.hint()))),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

fn by_identity(
    identities: &[IdentityDemand],
    bundle: &Bundle,
) -> Result<(Statement, SignedBy), Rejection> {
    let mut last = KeylessError::NoIdentity;
    for IdentityDemand { rule, root } in identities {
        let checked = root
            .check(bundle)
            .and_then(|signatory| signatory.check(rule).map(|()| signatory));
        match checked {
            Ok(signatory) => {
                let signed_by = SignedBy::Identity(Some(signatory));
                return Ok((bundle.unchecked_statement()?, signed_by));
            }
            Err(error) => last = error,
        }
    }
    Err(last.into())
}
