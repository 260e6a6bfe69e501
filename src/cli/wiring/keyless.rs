//! Identities in place of keys: whose we are, and whose signatures count.
#![expect(
    clippy::disallowed_methods,
    reason = "a trusted root is a file that the configuration or a flag names"
)]

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::adapters::host;
use crate::adapters::sigstore::{KeylessSettings, TokenPlace};
use crate::attest::keyless::{IdentityDemand, TrustedRoot};
use crate::cli::session::Session;
use crate::config::{Config, IdentityRule, KeySource, KeylessConfig};
use crate::model::{BuildError, ExitCode, Phase, limits};
use crate::publish::RetryPolicy;

/// Returns what a signer without a key is told; files of `config` are in `folder`.
pub(super) fn keyless_settings(
    session: &Session,
    config: &KeylessConfig,
    folder: &Path,
    retry: RetryPolicy,
) -> Result<KeylessSettings, BuildError> {
    let environment = &session.host.environment;
    let token = match &config.token {
        None => TokenPlace::of_ci(environment),
        Some(KeySource::File(path)) => TokenPlace::File(folder.join(path)),
        Some(KeySource::FileHere(path)) => TokenPlace::File(session.host.cwd.join(path)),
        Some(KeySource::Variable(name)) => TokenPlace::variable(name.as_str(), environment),
    };
    let root = config.trusted_root.as_ref().map(|file| folder.join(file));
    Ok(KeylessSettings {
        config: config.clone(),
        token,
        root: Arc::new(trusted_root(root.as_deref(), Phase::Attest)?),
        retry,
        now: host::now,
    })
}

/// Returns what is asked of signatures of whom `rule` names, by the trusted root in `file`; without one,
/// by that of Sigstore's public instance.
///
/// # Errors
/// When the trusted root cannot be read.
pub(super) fn identity_demand(
    rule: IdentityRule,
    file: Option<&Path>,
) -> Result<IdentityDemand, BuildError> {
    let root = Arc::new(trusted_root(file, Phase::Verify)?);
    Ok(IdentityDemand { rule, root })
}

/// Returns where the trusted root of `config` is, if it has one; files of it are in `folder`.
pub(super) fn trusted_root_of(config: &Config, folder: &Path) -> Option<PathBuf> {
    let file = config.keyless()?.trusted_root.as_ref()?;
    Some(folder.join(file))
}

fn trusted_root(file: Option<&Path>, phase: Phase) -> Result<TrustedRoot, BuildError> {
    let wrong = |file: &Path| {
        BuildError::new(phase, file.display(), "cannot use this trusted root")
            .exit(ExitCode::Usage)
            .hint("cosign trusted-root create makes one")
    };
    let Some(file) = file else {
        return TrustedRoot::of_sigstore().map_err(|error| {
            BuildError::new(phase, "", "cannot use the built-in trusted root")
                .because(error)
                .exit(ExitCode::Internal)
        });
    };
    let text = read(file).map_err(|error| wrong(file).because(error))?;
    TrustedRoot::parse(&text).map_err(|error| wrong(file).because(error))
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?
        .take(limits::MANIFEST_BYTES)
        .read_to_string(&mut text)?;
    Ok(text)
}
