//! Whose signatures count where no key is asked for.

use std::path::PathBuf;

use clap::Args;

use super::wiring::ImageShelf;
use crate::attest::PublicKey;
use crate::attest::keyless::IdentityDemand;
use crate::config::{IdentityPattern, IdentityRegex, IdentityRule};
use crate::model::{BuildError, ExitCode, Phase};

/// Flags that name an identity.
#[derive(Debug, Args)]
pub(super) struct IdentityOptions {
    /// Who must have signed it, where no key did: a workflow's URL, a person's address; the default is
    /// that of [sign.keyless]
    #[arg(
        long,
        value_name = "ID",
        requires = "issuer",
        conflicts_with = "identity_regexp"
    )]
    identity: Option<String>,
    /// The same as a regular expression for the whole identity
    #[arg(long, value_name = "REGEXP", requires = "issuer")]
    identity_regexp: Option<IdentityRegex>,
    /// Who vouches for the identity: the URL of an OpenID Connect issuer
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The certificates and keys of the authorities and logs, a Sigstore trusted root; the default is
    /// that of [sign.keyless], else that of Sigstore's public instance
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,
}

impl IdentityOptions {
    /// Returns whose signatures count beside those of `keys`. The project is asked only where no flag
    /// says anything.
    ///
    /// # Errors
    /// When a flag says half of it, or the project or a trusted root cannot be read.
    pub(super) fn demands(
        &self,
        shelf: &ImageShelf<'_>,
        keys: &[PublicKey],
    ) -> Result<Vec<IdentityDemand>, Vec<BuildError>> {
        let rule = self.rule()?;
        if rule.is_none() && !keys.is_empty() {
            return Ok(Vec::new());
        }
        let root = self.trusted_root.clone();
        Ok(shelf.identity_demand(rule, root)?.into_iter().collect())
    }

    /// Tells whether a flag names whose signature counts.
    pub(super) fn names_somebody(&self) -> bool {
        self.identity.is_some() || self.identity_regexp.is_some() || self.issuer.is_some()
    }

    fn rule(&self) -> Result<Option<IdentityRule>, Vec<BuildError>> {
        let identity = match (&self.identity, &self.identity_regexp) {
            (Some(identity), _) => Some(IdentityPattern::Exact(identity.clone())),
            (None, Some(pattern)) => Some(IdentityPattern::Matching(pattern.clone())),
            (None, None) => None,
        };
        match (identity, &self.issuer) {
            (Some(identity), Some(issuer)) => Ok(Some(IdentityRule {
                identity,
                issuer: issuer.clone(),
            })),
            (None, Some(_)) => {
                Err(
                    vec![usage("--issuer says nothing without an identity").hint(
                "an issuer vouches for everybody who has an account there: add --identity ID",
            )],
                )
            }
            _ => Ok(None),
        }
    }
}

fn usage(message: &str) -> BuildError {
    BuildError::new(Phase::Verify, "", message).exit(ExitCode::Usage)
}
