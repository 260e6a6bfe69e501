//! Signatures and statements for an image that is in a registry already.

use std::io::Read as _;

use serde_json::Value;

use crate::attest::{PredicateType, Statement};
use crate::image::StoredManifest;
use crate::model::{BuildError, Descriptor, Digest, Phase, Repository, Work, crew, limits};
use crate::ports::{EventSink, ImageReader, Progress};

use super::super::Signing;
use super::hang::{Ready, list};

/// How many requests are waited for at once.
const AT_ONCE: usize = 8;

/// An image that is in a registry.
pub struct ImageThere<'a> {
    /// As it was named.
    pub name: &'a str,
    /// Where it is.
    pub repository: &'a Repository,
    /// Who reads it.
    pub reader: &'a dyn ImageReader,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
}

/// Signs an image and that of each of its platforms, and returns its digest.
///
/// # Errors
/// When it cannot be read, or cannot be signed.
pub fn sign_there(image: &ImageThere<'_>, signing: &Signing<'_>) -> Result<Digest, BuildError> {
    let _progress = progress(image);
    let (root, parts) = subjects(image)?;
    let sign = |subject: &Descriptor| {
        let statements = [signing.signature(subject)];
        hang(signing, &statements, subject, image.repository)
    };
    crew::each(AT_ONCE, &parts, sign)?;
    sign(&root)?;
    Ok(root.digest)
}

/// Hangs the signed statement that `predicate` holds of an image onto it, and returns its digest.
///
/// # Errors
/// As for [`sign_there`].
pub fn attest_there(
    image: &ImageThere<'_>,
    signing: &Signing<'_>,
    predicate_type: PredicateType,
    predicate: Value,
) -> Result<Digest, BuildError> {
    let _progress = progress(image);
    let root = image.reader.root()?.descriptor;
    let statement = Statement::new(root.digest, predicate_type, predicate);
    hang(signing, &[statement], &root, image.repository)?;
    Ok(root.digest)
}

fn hang(
    signing: &Signing<'_>,
    statements: &[Statement],
    subject: &Descriptor,
    repository: &Repository,
) -> Result<Vec<Digest>, BuildError> {
    let listed = list(signing, subject, repository)?;
    Ready::new(signing, statements, subject, repository, &listed)?.hang()
}

fn progress<'a>(image: &ImageThere<'a>) -> Progress<'a> {
    Progress::start(image.events, Work::new(Phase::Attest, image.name), None)
}

/// Returns what the image is known by, and its platforms where it is an index.
fn subjects(image: &ImageThere<'_>) -> Result<(Descriptor, Vec<Descriptor>), BuildError> {
    let wrong = || BuildError::new(Phase::Attest, image.name, "cannot read this image");
    let root = image.reader.root()?;
    let mut bytes = Vec::new();
    root.open()
        .and_then(|reader| reader.take(limits::MANIFEST_BYTES).read_to_end(&mut bytes))
        .map_err(|error| wrong().because(error))?;
    let manifest = StoredManifest::parse(&bytes, Some(&root.descriptor.media_type))
        .map_err(|error| wrong().because(error))?;
    let parts = match manifest {
        StoredManifest::Image { .. } => Vec::new(),
        StoredManifest::Index { entries, .. } => entries
            .into_iter()
            .filter(|entry| entry.platform.is_some())
            .map(|entry| entry.manifest)
            .collect(),
    };
    Ok((root.descriptor, parts))
}
