//! The bill of materials of an image that is there already.

use super::Licences;
use super::image_content::ImageContent;
use super::stored_image::StoredImage;
use super::stored_platforms::{StoredPlatform, StoredPlatforms};
use crate::attest::sbom::{ImageInventory, Inventory, SubjectName};
use crate::model::{BuildError, Cancellation, InstalledProgram, Platform, Reference, Timestamp};
use crate::ports::{EventSink, ImageReader};

const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";

/// What is asked for, and who listens.
pub struct SbomRequest<'a> {
    /// The image as it was named.
    pub name: &'a str,
    /// The only platform that is wanted, where not all are.
    pub platform: Option<&'a Platform>,
    /// The repository that it is in, for one of a registry.
    pub repository: Option<&'a Reference>,
    /// Who knows licences.
    pub licences: &'a Licences<'a>,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// Reads the image of `reader` to its last byte, and returns what it consists of.
///
/// # Errors
/// When it cannot be read, is not what its digests say, or has not the platform that is wanted.
pub fn sbom(reader: &dyn ImageReader, request: &SbomRequest<'_>) -> Result<Inventory, BuildError> {
    let stored = StoredImage {
        reader,
        name: request.name,
        events: request.events,
        cancellation: request.cancellation,
    };
    let found = StoredPlatforms::read(&stored, request.platform)?;
    let images: Result<Vec<ImageInventory>, BuildError> = found
        .images
        .iter()
        .map(|image| inventory(&stored, image, request.licences))
        .collect();
    let times = found.images.iter().filter_map(|image| {
        let created = image.config.created.as_deref()?;
        Timestamp::from_rfc3339(created).ok()
    });
    Ok(Inventory {
        name: name_of(request, found.images.first()),
        index: (request.platform.is_none() && found.root.media_type.is_index())
            .then_some(found.root.digest),
        created: times.max().unwrap_or(Timestamp::EPOCH),
        images: images?,
    })
}

fn inventory(
    reader: &StoredImage<'_>,
    image: &StoredPlatform,
    licences: &Licences<'_>,
) -> Result<ImageInventory, BuildError> {
    let mut content = ImageContent::default();
    for number in 0..image.layers.len() {
        image.walk(reader, number, &mut |entry, bytes| {
            content.visit(number, entry, bytes)
        })?;
    }
    let mut base = content.base();
    base.origin = origin(image);
    let first = first_added(image, &content);
    let programs = content.programs().map(|(file, info)| InstalledProgram {
        path: file.path.clone(),
        account: licences.account(file.digest, file.size_bytes, info),
    });
    Ok(ImageInventory {
        digest: image.manifest.digest,
        platform: image.config.platform.clone(),
        version: said(image, VERSION),
        programs: programs.collect(),
        base,
        files: content.files(|layer| layer >= first),
        files_left_out: content.left_out,
    })
}

/// Returns the number of the lowest layer that is not the base's: what coracle made says so in its
/// history. Of other images the layers above the last one with a package in it were added, which is
/// what builders do.
fn first_added(image: &StoredPlatform, content: &ImageContent) -> usize {
    let layers = image.config.history.iter();
    let mut layers = layers.filter(|entry| entry["empty_layer"] != true);
    let made_here = layers.position(|entry| {
        let maker = entry["created_by"].as_str().unwrap_or_default();
        maker.starts_with("coracle ") && maker != "coracle static"
    });
    made_here
        .or_else(|| Some(content.last_with_packages()? + 1))
        .unwrap_or_default()
}

fn origin(image: &StoredPlatform) -> Option<(String, crate::model::Digest)> {
    let digest = said(image, BASE_DIGEST)?.parse().ok()?;
    Some((said(image, BASE_NAME)?, digest))
}

/// Returns an annotation of the manifest, or the label with its name.
fn said(image: &StoredPlatform, name: &str) -> Option<String> {
    let places = [&image.annotations, &image.config.labels];
    let mut values = places.into_iter().filter_map(|place| place.get(name));
    values.find(|value| !value.is_empty()).cloned()
}

fn name_of(request: &SbomRequest<'_>, image: Option<&StoredPlatform>) -> SubjectName {
    let repository = request
        .repository
        .map(|reference| reference.repository().to_string());
    let titled = image.and_then(|image| said(image, TITLE));
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let title = match (&repository, titled) {
        (Some(repository), _) => last(repository),
        (None, Some(title)) => title,
        (None, None) => last(request.name.trim_end_matches('/')),
    };
    SubjectName { title, repository }
}
