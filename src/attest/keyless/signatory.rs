//! Who signed without a key.

use std::fmt;
use std::sync::Arc;

use sigstore_verify::crypto::CertificateInfo;

use super::{KeylessError, TrustedRoot};
use crate::config::IdentityRule;
use crate::model::ForeignText;

/// An identity, and who vouches for it. Either is empty where a certificate does not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signatory {
    /// A workflow, a service account, a person.
    pub identity: String,
    /// The URL of an OpenID Connect issuer.
    pub issuer: String,
}

/// Whose signatures count, and by what they are checked.
#[derive(Debug, Clone)]
pub struct IdentityDemand {
    /// Whose.
    pub rule: IdentityRule,
    /// Whom to believe: authorities and logs.
    pub root: Arc<TrustedRoot>,
}

impl Signatory {
    pub(super) fn of(info: &CertificateInfo) -> Self {
        let identity = info.identity.as_ref();
        Self {
            identity: identity.map_or(String::new(), ToString::to_string),
            issuer: info.issuer.clone().unwrap_or_default(),
        }
    }

    /// Sees to it that this is who `rule` means.
    ///
    /// # Errors
    /// When it is somebody else.
    pub fn check(&self, rule: &IdentityRule) -> Result<(), KeylessError> {
        let found = || ForeignText::new(&self.to_string());
        if self.issuer != rule.issuer {
            return Err(KeylessError::OtherIssuer {
                found: found(),
                expected: rule.issuer.clone(),
            });
        }
        if self.identity.is_empty() || !rule.identity.matches(&self.identity) {
            return Err(KeylessError::OtherIdentity {
                found: found(),
                expected: rule.identity.to_string(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Signatory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |text: &str| if text.is_empty() { "nobody" } else { text }.to_owned();
        let text = format!("{} of {}", named(&self.identity), named(&self.issuer));
        ForeignText::new(&text).fmt(f)
    }
}
