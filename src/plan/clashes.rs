//! Two things that cannot be in one place.

use std::collections::BTreeMap;

use crate::facts::CopiedFile;
use crate::model::{BuildError, Content, ImageName, ImagePath, Phase};

use super::{Delivery, Destination, ImagePlan, Program, Sink};

/// Finds two things at one path, and things below what is no folder: they would hide each other.
pub(super) fn check_paths(
    name: &ImageName,
    programs: &[Program],
    files: &[CopiedFile],
) -> Result<(), BuildError> {
    let places = places(programs, files);
    let mut taken: BTreeMap<&ImagePath, &Place> = BTreeMap::new();
    for place in &places {
        if let Some(other) = taken.insert(place.path, place) {
            let message = format!(
                "{} and {} are both to be at {}",
                other.origin, place.origin, place.path
            );
            return Err(BuildError::new(Phase::Plan, name, message)
                .hint("give one of them another place, or leave it out with exclude"));
        }
    }
    for place in &places {
        let parents = std::iter::successors(place.path.parent(), ImagePath::parent);
        let parent = parents
            .filter_map(|parent| taken.get(&parent))
            .find(|parent| !parent.is_folder);
        if let Some(parent) = parent {
            let message = format!(
                "{} is to be at {}, but {} is no folder",
                place.origin, place.path, parent.path
            );
            return Err(BuildError::new(Phase::Plan, name, message));
        }
    }
    Ok(())
}

/// What is to be at a path of the image.
struct Place<'a> {
    path: &'a ImagePath,
    origin: String,
    is_folder: bool,
}

fn places<'a>(programs: &'a [Program], files: &'a [CopiedFile]) -> Vec<Place<'a>> {
    let programs = programs.iter().map(|program| Place {
        path: &program.to,
        origin: format!("the program {}", program.main.import_path),
        is_folder: false,
    });
    let files = files.iter().map(|file| Place {
        path: &file.entry.path,
        origin: file.from.to_string(),
        is_folder: matches!(file.entry.content, Content::Folder),
    });
    programs.chain(files).collect()
}

pub(super) fn shared_archive(sink: &Sink, images: usize) -> Option<BuildError> {
    let Sink::Files { outputs, .. } = sink else {
        return None;
    };
    let shared = outputs
        .iter()
        .find(|output| images > 1 && output.holds_one_image())?;
    Some(
        BuildError::new(
            Phase::Plan,
            "",
            format!("{images} images cannot all go to {shared}"),
        )
        .hint("give each its own with {name}, as in -o archive=dist/{name}.tar"),
    )
}

/// Two images in one place: the second would take it from the first.
pub(super) fn shared_places(images: &[ImagePlan]) -> Vec<BuildError> {
    let mut taken: BTreeMap<String, &ImagePlan> = BTreeMap::new();
    let mut errors = Vec::new();
    for image in images {
        for delivery in &image.deliveries {
            for place in places_of(delivery) {
                let other = *taken.entry(place.clone()).or_insert(image);
                if other.name != image.name {
                    errors.extend(one_place(&place, delivery, &other.name, &image.name));
                } else if !std::ptr::eq(other, image) {
                    errors.push(one_name(&place, &image.name));
                }
            }
        }
    }
    errors
}

/// An archive holds one image; elsewhere each tag shows one.
fn places_of(delivery: &Delivery) -> Vec<String> {
    let place = &delivery.destination;
    match place {
        Destination::Archive(_) => vec![place.to_string()],
        Destination::Registry(_) | Destination::Layout(_) => {
            let tags = delivery.tags.iter();
            tags.map(|tag| format!("{place}:{tag}")).collect()
        }
    }
}

fn one_name(place: &str, name: &ImageName) -> BuildError {
    let message = format!("two images are called {name}, and both would be {place}");
    BuildError::new(Phase::Plan, name, message)
        .hint("give them names of their own in coracle.toml, which this writes: coracle init")
}

fn one_place(
    place: &str,
    delivery: &Delivery,
    other: &ImageName,
    name: &ImageName,
) -> Option<BuildError> {
    let hint = match delivery.destination {
        Destination::Registry(_) => {
            "put {name} into the repository, as in registry.example.com/team/{name}"
        }
        Destination::Layout(_) => "give each image its own layout, as in -o layout=dist/{name}",
        // There is an error about all of its images already.
        Destination::Archive(_) => return None,
    };
    let message = format!("{place} would be {other} and {name} at once");
    Some(BuildError::new(Phase::Plan, name, message).hint(hint))
}
