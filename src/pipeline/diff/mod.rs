//! In what two images that are there already differ.

mod platform_diff;
mod side;
mod spool;

use serde_json::Value;

use self::platform_diff::PlatformDiff;
use self::side::{PlatformManifest, Side};
use super::stored_image::{Piece, StoredImage};
use crate::compare::{
    Cause, ComparedImage, Comparison, Difference, DifferenceList, StoredJson, index_differences,
    pair_platforms,
};
use crate::image::StoredManifest;
use crate::model::{BuildError, Cancellation, Platform};
use crate::ports::{EventSink, ImageReader, Scratch};

/// An image and what it is called.
#[derive(Clone, Copy)]
pub struct NamedImage<'a> {
    /// The image as it was named.
    pub name: &'a str,
    /// Where it is kept.
    pub reader: &'a dyn ImageReader,
}

/// What is asked for, and who listens.
pub struct DiffRequest<'a> {
    /// The only platform that is wanted, where not all are.
    pub platform: Option<&'a Platform>,
    /// How many differences are listed.
    pub list: DifferenceList,
    /// Room for files whose bytes are compared.
    pub scratch: &'a dyn Scratch,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// Compares the images `a` and `b`. What has the same digest is not read, and of layers only those
/// that differ are.
///
/// # Errors
/// When one of them cannot be read, is not what its digests say, or has not the platform that is
/// wanted.
pub fn diff(
    a: NamedImage<'_>,
    b: NamedImage<'_>,
    request: &DiffRequest<'_>,
) -> Result<Comparison, BuildError> {
    let sides = [a, b].map(|image| Side::new(stored(image, request)));
    let [side_a, side_b] = &sides;
    let roots = [side_a.image.root()?, side_b.image.root()?];
    let [root_a, root_b] = &roots;
    let named = [compared(a, root_a), compared(b, root_b)];
    let is_same = root_a.descriptor.digest == root_b.descriptor.digest;
    if is_same && request.platform.is_none() {
        return Ok(Comparison::new(named, Vec::new(), request.list));
    }
    let images = [
        side_a.platforms(root_a, request.platform)?,
        side_b.platforms(root_b, request.platform)?,
    ];
    let mut found = Vec::new();
    let pairs = paired(&images, &mut found);
    if request.platform.is_none() {
        found.extend(root_differences(&roots, &images, &pairs));
    }
    for (left, right) in pairs {
        let [of_a, of_b] = [&images[0][left], &images[1][right]];
        if of_a.manifest.digest != of_b.manifest.digest {
            let differ = PlatformDiff {
                sides: &sides,
                scratch: request.scratch,
            };
            let platform = of_a.platform.to_string();
            let differences = differ.differences([&of_a.manifest, &of_b.manifest])?;
            found.extend(differences.into_iter().map(|one| one.on(&platform)));
        }
    }
    Ok(Comparison::new(named, found, request.list))
}

fn stored<'a>(image: NamedImage<'a>, request: &DiffRequest<'a>) -> StoredImage<'a> {
    StoredImage {
        reader: image.reader,
        name: image.name,
        events: request.events,
        cancellation: request.cancellation,
    }
}

fn compared(image: NamedImage<'_>, root: &Piece<StoredManifest>) -> ComparedImage {
    ComparedImage {
        name: image.name.to_owned(),
        digest: root.descriptor.digest.to_string(),
        media_type: root.descriptor.media_type.to_string(),
    }
}

/// Pairs the images for the same platform, and notes those that only one side has.
fn paired(images: &[Vec<PlatformManifest>; 2], found: &mut Vec<Difference>) -> Vec<(usize, usize)> {
    let [of_a, of_b] = images;
    let platforms = |images: &'_ [PlatformManifest]| -> Vec<Platform> {
        images.iter().map(|image| image.platform.clone()).collect()
    };
    let (all_a, all_b) = (platforms(of_a), platforms(of_b));
    let pairs = pair_platforms(&all_a, &all_b);
    let missing = |image: &PlatformManifest| {
        let platform = image.platform.to_string();
        (
            Difference::new(Cause::Platform, "index", platform.clone()).on(&platform),
            Some(image.manifest.digest.to_string()),
        )
    };
    for (at, image) in of_a.iter().enumerate() {
        if !pairs.iter().any(|(left, _)| *left == at) {
            let (difference, digest) = missing(image);
            found.push(difference.sides(digest, None));
        }
    }
    for (at, image) in of_b.iter().enumerate() {
        if !pairs.iter().any(|(_, right)| *right == at) {
            let (difference, digest) = missing(image);
            found.push(difference.sides(None, digest));
        }
    }
    pairs
}

/// Compares the indexes themselves: keys, order, and what they name beside images.
fn root_differences(
    roots: &[Piece<StoredManifest>; 2],
    images: &[Vec<PlatformManifest>; 2],
    pairs: &[(usize, usize)],
) -> Vec<Difference> {
    let [root_a, root_b] = roots;
    match (&root_a.said, &root_b.said) {
        (StoredManifest::Image { .. }, StoredManifest::Image { .. }) => Vec::new(),
        (
            StoredManifest::Index { entries: of_a, .. },
            StoredManifest::Index { entries: of_b, .. },
        ) => {
            let [images_a, images_b] = images;
            let places: Vec<(usize, usize, String)> = pairs
                .iter()
                .map(|&(left, right)| {
                    let (of_a, of_b) = (&images_a[left], &images_b[right]);
                    (of_a.place, of_b.place, of_a.platform.to_string())
                })
                .collect();
            let (json_a, json_b) = (root_a.json(), root_b.json());
            let mut found = index_differences(
                manifest(root_a, &json_a),
                manifest(root_b, &json_b),
                &places,
            );
            found.extend(side::other_differences(of_a, of_b));
            found
        }
        _ => {
            let kind = |root: &Piece<StoredManifest>| root.descriptor.media_type.to_string();
            let hint = "one is an index of platforms, and the other the manifest of one";
            let one = Difference::new(Cause::Json, "index", "mediaType");
            vec![one.between(kind(root_a), kind(root_b)).hint(hint)]
        }
    }
}

fn manifest<'a, T>(piece: &'a Piece<T>, json: &'a Value) -> StoredJson<'a> {
    StoredJson {
        bytes: &piece.bytes,
        json,
    }
}
