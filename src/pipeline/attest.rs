//! What is said of an image that was just published, signed, and hung onto it: before any tag moves.

use serde_json::json;

use crate::attest::Statement;
use crate::config::{SignConfig, SignatureFormat};
use crate::image::Image;
use crate::model::{BuildError, Descriptor, Digest, Phase, Repository, Work, canonical_json, crew};
use crate::plan::Destination;
use crate::ports::{AttestedShelf, Progress, Referrers, Signer};

use super::Ports;
use super::hang::{hang, sign_classic};

/// Who signs, and what.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// Who.
    pub signer: &'a dyn Signer,
    /// What hangs on images.
    pub referrers: &'a dyn Referrers,
    /// What this machine has hung there.
    pub shelf: &'a dyn AttestedShelf,
    /// How signatures are written.
    pub sign: &'a SignConfig,
}

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// Signs `image`, which is at `destination`, where that is wanted.
pub(super) fn attest(
    ports: &Ports<'_>,
    image: &Image,
    destination: &Destination,
) -> Result<(), BuildError> {
    let (Some(signing), Destination::Registry(repository)) = (&ports.signing, destination) else {
        return Ok(());
    };
    let root = image.root();
    let work = Work::new(Phase::Attest, format!("{repository}@{}", root.digest));
    let _progress = Progress::start(ports.events, work, None);
    // What hangs on the whole is listed again when nothing has changed: it comes last.
    let parts = image.platforms.iter().map(|it| &it.manifest.descriptor);
    let parts: Vec<&Descriptor> = parts.filter(|part| part.digest != root.digest).collect();
    // Whoever mends what was wrong can go on from here; the tags do not show it yet.
    let go_on = format!(
        "the image is there, and no tag shows it: push again, or coracle sign {repository}@{}",
        root.digest
    );
    let hang = |subject: &&Descriptor| {
        sign(signing, subject, repository).map_err(|error| error.hint(&go_on))
    };
    crew::each(AT_ONCE, &parts, hang)?;
    let hung = hang(&root)?;
    signing
        .shelf
        .keep(record_key(signing, root.digest, repository), &hung);
    Ok(())
}

/// Tells whether all that is wanted hangs on `image` already, as far as one list says.
///
/// # Errors
/// When the registry cannot be reached.
pub(super) fn is_attested(
    ports: &Ports<'_>,
    image: &Image,
    destination: &Destination,
) -> Result<bool, BuildError> {
    let (Some(signing), Destination::Registry(repository)) = (&ports.signing, destination) else {
        return Ok(true);
    };
    let root = image.root();
    let key = record_key(signing, root.digest, repository);
    let Some(expected) = signing.shelf.find(key) else {
        return Ok(false);
    };
    let listed = signing.referrers.list(root.digest, repository)?;
    Ok(expected.into_iter().all(|manifest| listed.holds(manifest)))
}

/// Signs `subject` in each form that is wanted, and returns the manifests that hang on it.
pub(super) fn sign(
    signing: &Signing<'_>,
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Vec<Digest>, BuildError> {
    let hung = hang(signing, &statements(signing, subject), subject, repository)?;
    if signing.sign.formats.contains(&SignatureFormat::Classic) {
        sign_classic(signing, subject, repository)?;
    }
    Ok(hung)
}

/// Returns what is said of `subject`.
fn statements(signing: &Signing<'_>, subject: &Descriptor) -> Vec<Statement> {
    let annotations = signing.sign.annotations.clone();
    let signature = Statement::signature(subject.digest, annotations);
    let is_wanted = signing.sign.formats.contains(&SignatureFormat::Bundle);
    is_wanted.then_some(signature).into_iter().collect()
}

/// Names an image in a place with all that decides what is hung onto it.
fn record_key(signing: &Signing<'_>, root: Digest, repository: &Repository) -> Digest {
    Digest::of(&canonical_json(&json!({
        "coracle": env!("CARGO_PKG_VERSION"),
        "image": root,
        "repository": repository.to_string(),
        "signer": signing.signer.name(),
        "formats": format!("{:?}", signing.sign.formats),
        "annotations": signing.sign.annotations,
    })))
}
