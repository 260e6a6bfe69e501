//! Who signs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Project;
use super::images::ImageShelf;
use super::keyless::keyless_settings;
use super::project::Settings;
use super::settings::retry;
use crate::adapters::disk::DiskAttestedShelf;
use crate::adapters::http::Client;
use crate::adapters::keys::{
    CommandSigner, KeyPlace, KeySigner, MadeKey, Passwords, new_password, read_public_key,
    write_new_key,
};
use crate::adapters::registry::RegistryReferrers;
use crate::adapters::sigstore::KeylessSigner;
use crate::attest::PublicKey;
use crate::cli::session::Session;
use crate::config::{Config, KeySource, SignConfig, SignatureFormat, SignerChoice};
use crate::model::{BuildError, Phase};
use crate::pipeline::Signing;
use crate::ports::Signer;
use crate::publish::RetryPolicy;

/// Returns who signs what `project` pushes, where anybody does.
///
/// # Errors
/// When the key is not there.
pub(super) fn signer(
    session: &Session,
    project: &Project,
    client: &Arc<Client>,
) -> Result<Option<Box<dyn Signer>>, BuildError> {
    let Some(sign) = &project.config.sign else {
        return Ok(None);
    };
    let retry = retry(&project.config);
    signer_of(session, &sign.signer, &project.root(), client, retry).map(Some)
}

/// Has a key at hand opened while the source is read. It costs a tenth of a second, for nothing where
/// nothing changed: it is for whoever has everything to make.
pub(super) fn open_early(config: &Config, signer: &Arc<dyn Signer>) {
    let choice = config.sign.as_ref().map(|sign| &sign.signer);
    if let Some(SignerChoice::Key { .. }) = choice {
        let signer = Arc::clone(signer);
        // Nobody waits for it but who signs, who is told then what is wrong.
        std::thread::spawn(move || drop(signer.check()));
    }
}

/// Returns the signer that `choice` means; files of it are in `folder`, but for those that the
/// environment names.
///
/// # Errors
/// When the key is not there.
pub(super) fn signer_of(
    session: &Session,
    choice: &SignerChoice,
    folder: &Path,
    client: &Arc<Client>,
    retry: RetryPolicy,
) -> Result<Box<dyn Signer>, BuildError> {
    match choice {
        SignerChoice::Key {
            source,
            password_file,
        } => {
            let place = key_place(session, source, folder);
            let file = password_file.as_ref().map(|file| folder.join(file));
            let signer = KeySigner::read(&place, &passwords(session, file))
                .map_err(|error| error.into_build_error(source))?;
            Ok(Box::new(signer))
        }
        SignerChoice::Command(words) => Ok(Box::new(CommandSigner::new(
            words.clone(),
            folder.to_owned(),
            session.host.environment.clone(),
            session.cancellation.clone(),
        ))),
        SignerChoice::Keyless(keyless) => Ok(Box::new(KeylessSigner::new(
            keyless_settings(session, keyless, folder, retry)?,
            Arc::clone(client),
        ))),
    }
}

/// Files are to be signed, and nobody is there to do it.
pub(in crate::cli) fn nobody_to_sign() -> BuildError {
    BuildError::new(Phase::Config, "", "nobody is there to sign")
        .hint("name a key: CORACLE_KEY, or [sign] in coracle.toml")
        .hint("make one: coracle keys generate")
        .hint("without a key, the identity of a CI's job signs: [sign.keyless] in coracle.toml")
}

/// What nobody signs proves nothing to anybody.
pub(super) fn nobody_signs() -> BuildError {
    let message = "there are statements to be hung onto images, and nobody is there to sign them";
    BuildError::new(Phase::Config, "[attest]", message)
        .hint("name a key: CORACLE_KEY, or [sign] in coracle.toml")
        .hint("make one: coracle keys generate")
        .hint("without a key, the identity of a CI's job signs: [sign.keyless] in coracle.toml")
        .hint("or leave [attest] out: without a key, nothing is said of images")
}

/// Makes a key, and writes it to `PREFIX.key` and `PREFIX.pub`.
///
/// # Errors
/// When a file is there, or cannot be written, or nobody can be asked for a password.
pub(in crate::cli) fn new_key(session: &Session, prefix: &Path) -> Result<MadeKey, BuildError> {
    new_password(&passwords(session, None))
        .and_then(|password| write_new_key(prefix, &password))
        .map_err(|error| error.into_build_error(&prefix.display()))
}

/// Reads the public key at `source`; a file of it is in `folder`.
///
/// # Errors
/// When it is not there, or is no public key.
pub(in crate::cli) fn public_key(
    session: &Session,
    source: &KeySource,
    folder: &Path,
) -> Result<PublicKey, BuildError> {
    let place = key_place(session, source, folder);
    read_public_key(&place, &session.host.environment).map_err(|error| {
        let mut error = error.into_build_error(source);
        error.phase = Phase::Verify;
        "nothing can be verified".clone_into(&mut error.message);
        error
    })
}

fn key_place(session: &Session, source: &KeySource, folder: &Path) -> KeyPlace {
    match source {
        KeySource::File(path) => KeyPlace::File(folder.join(path)),
        KeySource::FileHere(path) => KeyPlace::File(session.host.cwd.join(path)),
        KeySource::Variable(name) => KeyPlace::Variable(name.to_string()),
    }
}

fn passwords(session: &Session, file: Option<PathBuf>) -> Passwords {
    Passwords {
        file,
        environment: session.host.environment.clone(),
        terminal: session.host.terminal,
    }
}

/// Who signs images that are there already.
pub(in crate::cli) struct Signers<'a> {
    signer: Box<dyn Signer>,
    referrers: RegistryReferrers<'a>,
    shelf: DiskAttestedShelf,
    sign: SignConfig,
}

impl Signers<'_> {
    /// Returns them as the pipeline sees them.
    pub(in crate::cli) fn signing(&self) -> Signing<'_> {
        Signing {
            signer: &*self.signer,
            referrers: &self.referrers,
            shelf: &self.shelf,
            sign: &self.sign,
        }
    }
}

impl<'a> ImageShelf<'a> {
    /// Returns who signs: with `key` where one was named, else as the project says; in `formats`, if
    /// any were.
    pub(in crate::cli) fn signers(
        &self,
        key: Option<KeySource>,
        formats: BTreeSet<SignatureFormat>,
    ) -> Result<Signers<'a>, Vec<BuildError>> {
        let one = |error| vec![error];
        let Settings { config, root } = self.settings()?;
        if let Some(variable) = key.as_ref().and_then(KeySource::variable) {
            self.secret_variable.get_or_init(|| variable.to_owned());
        }
        let retry = retry(config);
        let (mut sign, folder) = match (key, config.sign.clone()) {
            (Some(source), sign) => (SignConfig::of_key(source, sign), self.folder()),
            (None, Some(sign)) => (sign, root.clone()),
            (None, None) => {
                return Err(one(BuildError::new(
                    Phase::Config,
                    "",
                    "nobody is there to sign",
                )
                .hint("name a key: --key coracle.key, CORACLE_KEY, or [sign] in coracle.toml")
                .hint("make one: coracle keys generate")
                .hint("without a key, the identity of a CI's job signs: [sign.keyless] in coracle.toml")));
            }
        };
        if !formats.is_empty() {
            sign.formats = formats;
        }
        sign.check_formats().map_err(|error| {
            let wrong = BuildError::new(Phase::Config, "--format", error);
            one(wrong.hint("write bundles, --format bundle, or sign with a key: --key KEY"))
        })?;
        let client = self.client()?;
        Ok(Signers {
            signer: signer_of(self.session, &sign.signer, &folder, &client, retry).map_err(one)?,
            referrers: self.referrers()?,
            shelf: DiskAttestedShelf::new(self.cache().map_err(one)?.clone()),
            sign,
        })
    }
}
