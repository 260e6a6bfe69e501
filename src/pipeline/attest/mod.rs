//! What is said of an image is signed, and hung onto it: before any tag moves.

mod hang;
mod hang_classic;
mod sign;
mod statements;

pub(super) use hang::{Ready, list};
pub use sign::{ImageThere, attest_there, sign_there};
pub(super) use statements::MadeImage;

use serde_json::json;

use crate::attest::Statement;
use crate::config::{AttestConfig, Saying, SignConfig, SignatureFormat};
use crate::image::Image;
use crate::model::{BuildError, Descriptor, Digest, Phase, Repository, Work, canonical_json, crew};
use crate::plan::{Destination, ImagePlan};
use crate::ports::{AttestedShelf, Progress, Referrers, Signer};
use crate::publish::{Published, ReferrerList};

use super::build::BuildJob;
use super::{Ports, Prepared};
use hang_classic::classic_manifests;
use statements::Said;

/// Who signs, and how.
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

/// Of how many manifests at once something is said.
const AT_ONCE: usize = 8;

impl Signing<'_> {
    /// Returns the statement that is the signature of `subject`.
    pub(super) fn signature(&self, subject: &Descriptor) -> Statement {
        Statement::signature(subject.digest, self.sign.annotations.clone())
    }
}

/// Returns how many blobs hold what is said of the image of `plan`, once it is made.
pub(super) fn said_blobs(signing: &Signing<'_>, attest: &AttestConfig, plan: &ImagePlan) -> usize {
    if !signing.sign.formats.contains(&SignatureFormat::Bundle) {
        return 0;
    }
    let others = [attest.provenance, attest.policy].into_iter();
    let others = others.filter(|saying| *saying == Saying::Said).count();
    let manifests = match plan.platforms.len() {
        1 => 1,
        platforms => platforms + 1,
    };
    // The configuration of all is one and the same.
    manifests * (1 + attest.sbom.len() + others) + 1
}

/// Brings `image`, which was made for the image of `number` of `job`, to `destination`, and hangs onto it
/// what is said of it. No tag moves. What is said is made, signed and sent while the image is.
pub(super) fn publish(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    number: usize,
    image: &Image,
    destination: &Destination,
) -> Result<Published, BuildError> {
    let publish = || ports.publisher.publish(image, destination);
    let (Some(signing), Destination::Registry(repository)) = (&ports.signing, destination) else {
        return publish();
    };
    let made = MadeImage {
        job,
        number,
        image,
        repository,
    };
    let root = image.root();
    // Whoever mends what was wrong can go on from here; the tags do not show it yet.
    let go_on = |error: BuildError| {
        error.hint(format!(
            "the image is there, and no tag shows it: push again, or coracle sign {repository}@{}",
            root.digest
        ))
    };
    let work = Work::new(Phase::Attest, format!("{repository}@{}", root.digest));
    let (published, hung) = std::thread::scope(|scope| {
        let publishing = scope.spawn(publish);
        let _progress = Progress::start(ports.events, work, None);
        let listing = scope.spawn(|| made.listed(signing));
        let said = made.statements(signing);
        let listed = join(listing);
        let ready = match (&said, &listed) {
            (Ok(said), Ok(listed)) => ready(signing, said, listed, repository),
            _ => Ok(Vec::new()),
        };
        let published = join(publishing);
        let hung = match (&published, ready) {
            (Ok(_), Ok(ready)) => hang(&ready),
            (_, ready) => ready.map(|_| Vec::new()),
        };
        (published, said.and(listed).and(hung))
    });
    let published = published?;
    let hung = hung.map_err(go_on)?;
    let key = record_key(signing, job.recalled.prepared, root.digest, repository);
    signing.shelf.keep(key, &hung);
    Ok(published)
}

fn ready<'a>(
    signing: &'a Signing<'a>,
    said: &'a [Said],
    listed: &[ReferrerList],
    repository: &'a Repository,
) -> Result<Vec<Ready<'a>>, BuildError> {
    let all: Vec<(&'a Said, &ReferrerList)> = said.iter().zip(listed).collect();
    crew::each(AT_ONCE, &all, |(said, listed)| {
        let (statements, subject) = (&said.statements, &said.subject);
        Ready::new(signing, statements, subject, repository, listed)
    })
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Returns what hangs on the last of them, which is the whole: all hangs there where that does.
fn hang(ready: &[Ready<'_>]) -> Result<Vec<Digest>, BuildError> {
    let hung = crew::each(AT_ONCE, ready, Ready::hang)?;
    Ok(hung.into_iter().next_back().unwrap_or_default())
}

/// Tells whether all that is wanted hangs on `image` already, as far as one list says.
///
/// # Errors
/// When the registry cannot be reached.
pub(super) fn is_attested(
    ports: &Ports<'_>,
    prepared: &Prepared,
    image: &Image,
    destination: &Destination,
) -> Result<bool, BuildError> {
    let (Some(signing), Destination::Registry(repository)) = (&ports.signing, destination) else {
        return Ok(true);
    };
    let root = image.root();
    let key = record_key(signing, prepared, root.digest, repository);
    let Some(expected) = signing.shelf.find(key) else {
        return Ok(false);
    };
    if !signing.sign.formats.contains(&SignatureFormat::Bundle) {
        let shown = classic_manifests(signing, root, repository)?;
        return Ok(expected.iter().all(|manifest| shown.contains(manifest)));
    }
    let listed = signing.referrers.list(root.digest, repository)?;
    Ok(expected.into_iter().all(|manifest| listed.holds(manifest)))
}

/// Names an image in a place with all that decides what is hung onto it.
fn record_key(
    signing: &Signing<'_>,
    prepared: &Prepared,
    root: Digest,
    repository: &Repository,
) -> Digest {
    // It is the same for all images.
    let builder = prepared.provenances.first().map(|it| &it.run.builder);
    Digest::of(&canonical_json(&json!({
        "coracle": env!("CARGO_PKG_VERSION"),
        "image": root,
        "repository": repository.to_string(),
        "signer": signing.signer.name(),
        "formats": format!("{:?}", signing.sign.formats),
        "annotations": signing.sign.annotations,
        "attest": format!("{:?}", prepared.attest),
        "rules": format!("{:?}", prepared.rules),
        "builder": builder,
    })))
}
