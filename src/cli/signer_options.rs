//! Whose signatures count.

use std::path::PathBuf;

use clap::Args;

use super::wiring::ImageShelf;
use crate::attest::TrustedSigners;
use crate::config::{IdentityPattern, IdentityRegex, IdentityRule, KeySource};
use crate::model::{BuildError, ExitCode, Phase, RegistryHost};

/// Flags that name who may have signed.
#[derive(Debug, Args)]
pub(super) struct SignerOptions {
    /// A public key that may have signed it: a file of PEM, or `env://NAME`; may be given several times;
    /// the default is what [registries] in coracle.toml says of its registry
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<KeySource>,
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

impl SignerOptions {
    /// Returns whose signatures of images of `host` count: those that flags name, else whom the project
    /// says.
    ///
    /// # Errors
    /// When a flag says half of it, or the project, a key or a trusted root cannot be read.
    pub(super) fn signers(
        &self,
        shelf: &ImageShelf<'_>,
        host: &RegistryHost,
    ) -> Result<TrustedSigners, Vec<BuildError>> {
        let root = self.trusted_root.as_deref();
        let signers = match self.rule()? {
            None if self.keys.is_empty() => shelf.signers_trusted_for(host, root),
            rule => shelf.trusted_signers(&self.keys, rule, root),
        }?;
        if root.is_some() && signers.identities.is_empty() {
            let error = usage("--trusted-root judges identities, and none is named");
            return Err(vec![error.hint("add --identity ID and --issuer URL")]);
        }
        Ok(signers)
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
