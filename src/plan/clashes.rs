//! Two things that cannot be in one place.

use std::collections::BTreeMap;

use crate::facts::CopiedFile;
use crate::model::{BuildError, Content, ImageName, ImagePath, Phase};

use super::{Destination, ImagePlan, Program, Sink};

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

/// Two images of one name in one place: the second would take it from the first.
pub(super) fn shared_tags(images: &[ImagePlan]) -> Vec<BuildError> {
    let mut taken = BTreeMap::new();
    let mut errors = Vec::new();
    for image in images {
        for delivery in &image.deliveries {
            let place = &delivery.destination;
            let hint = match place {
                Destination::Registry(_) => {
                    "put {name} into the repository, as in registry.example.com/team/{name}"
                }
                Destination::Layout(_) => {
                    "give each image its own layout, as in -o layout=dist/{name}"
                }
                // An archive holds one image: there is an error about that already.
                Destination::Archive(_) => continue,
            };
            for tag in &delivery.tags {
                if let Some(other) = taken.insert((place, tag), &image.name) {
                    let message =
                        format!("{place}:{tag} would be {other} and {} at once", image.name);
                    errors.push(BuildError::new(Phase::Plan, &image.name, message).hint(hint));
                }
            }
        }
    }
    errors
}
