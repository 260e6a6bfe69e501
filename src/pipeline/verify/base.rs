//! Whether an image stands on the base that it names: image-spec v1.1, `annotations.md`,
//! `org.opencontainers.image.base.name` and `.digest`.

use std::collections::BTreeMap;

use crate::image::{Base, EmbeddedBase};
use crate::model::{BuildError, Digest, Phase, Platform, Reference};
use crate::ports::{BaseSource, Wanted};
use crate::report::{BaseVerdict, VerifiedBase};

use super::super::stored_image::StoredImage;
use super::super::stored_platforms::{StoredPlatform, StoredPlatforms};

const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

/// What is asked for of the base of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseDemand {
    /// Nothing, so that its registry is not asked.
    Nothing,
    /// If it can be had, the image stands on it.
    HoldsIfThere,
    /// The image stands on it.
    Holds,
}

/// What an image says that it stands on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Registry { name: String, digest: String },
    Embedded,
    Nothing,
}

/// Finds out what the image of each platform of `image` stands on.
///
/// # Errors
/// When the image cannot be read, or the base is one that must not be used.
pub(super) fn verify_bases(
    image: &StoredImage<'_>,
    bases: &dyn BaseSource,
    demand: BaseDemand,
) -> Result<Vec<VerifiedBase>, BuildError> {
    if demand == BaseDemand::Nothing {
        return Ok(Vec::new());
    }
    let found = StoredPlatforms::read(image, None)?;
    let embedded = EmbeddedBase::load()?.layer.blob.descriptor.digest;
    let mut by_name: BTreeMap<Named, Vec<&StoredPlatform>> = BTreeMap::new();
    for stored in &found.images {
        let named = Named::of(stored, &found.annotations, embedded);
        by_name.entry(named).or_default().push(stored);
    }
    let verified = by_name.into_iter();
    verified
        .map(|(named, images)| verified_base(bases, named, &images))
        .collect()
}

impl Named {
    fn of(stored: &StoredPlatform, index: &BTreeMap<String, String>, embedded: Digest) -> Self {
        let said = |key| {
            stored
                .annotations
                .get(key)
                .or_else(|| index.get(key))
                .cloned()
        };
        match (said(NAME), said(DIGEST)) {
            (Some(name), Some(digest)) => Self::Registry { name, digest },
            _ if stored.layers.first().map(|layer| layer.digest) == Some(embedded) => {
                Self::Embedded
            }
            _ => Self::Nothing,
        }
    }
}

fn verified_base(
    bases: &dyn BaseSource,
    named: Named,
    images: &[&StoredPlatform],
) -> Result<VerifiedBase, BuildError> {
    let platforms: Vec<Platform> = images.iter().map(|it| it.config.platform.clone()).collect();
    let verified = |name, (verdict, reason)| VerifiedBase {
        name,
        platforms: platforms.iter().map(ToString::to_string).collect(),
        verdict,
        reason,
    };
    let (name, digest) = match named {
        Named::Embedded => return Ok(verified(None, (BaseVerdict::Embedded, None))),
        Named::Nothing => return Ok(verified(None, (BaseVerdict::NotNamed, None))),
        Named::Registry { name, digest } => (name, digest),
    };
    let shown = if name.contains('@') {
        name.clone()
    } else {
        format!("{name}@{digest}")
    };
    let not_checked = |reason: String| (BaseVerdict::NotChecked, Some(reason));
    let verdict = match reference(&name, &digest) {
        Err(reason) => not_checked(reason),
        Ok(reference) => match bases.resolve(&reference, Wanted::These(&platforms)) {
            Ok(base) => compared(&base, images),
            // A base that nobody vouches for is worse than none.
            Err(error) if error.phase == Phase::Verify => return Err(error),
            Err(error) => not_checked(error.in_one_line()),
        },
    };
    Ok(verified(Some(shown), verdict))
}

/// Returns what is asked for: the digest counts, whatever the tag means by now.
fn reference(name: &str, digest: &str) -> Result<Reference, String> {
    let named: Reference = name.parse().map_err(|error| format!("its name: {error}"))?;
    let digest: Digest = digest
        .parse()
        .map_err(|error| format!("its digest: {error}"))?;
    match named.digest() {
        Some(other) if other != digest => Err(format!("its name says {other}, expected {digest}")),
        _ => Ok(Reference::by_digest(named.repository().clone(), digest)),
    }
}

/// Compares the lowest layers of the images with those of the base.
fn compared(base: &Base, images: &[&StoredPlatform]) -> (BaseVerdict, Option<String>) {
    let difference = images.iter().find_map(|image| {
        let platform = &image.config.platform;
        let Some(below) = base.for_platform(platform) else {
            return Some(format!("it has no {platform}"));
        };
        let mut layers = below.layers.iter().map(|held| &held.layer.blob.descriptor);
        let (number, expected, found) =
            layers.by_ref().enumerate().find_map(|(number, layer)| {
                let found = image.layers.get(number).map(|found| found.digest);
                (found != Some(layer.digest)).then_some((number + 1, layer.digest, found))
            })?;
        let found = found.map_or_else(|| "missing".to_owned(), |found| found.to_string());
        Some(format!(
            "layer {number} of {platform} is {found}, expected {expected}"
        ))
    });
    match difference {
        None => (BaseVerdict::Holds, None),
        Some(reason) => (BaseVerdict::Differs, Some(reason)),
    }
}
