//! Two things that cannot be in one place.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{BuildError, Content, Entry, ImagePath, Phase};

use super::{Destination, ImagePlan, Program, Sink};

/// Two entries at one path would hide each other, and which one stays would be chance.
pub(super) fn check_paths(
    name: &str,
    programs: &[Program],
    files: &[Entry],
) -> Result<(), BuildError> {
    let mut taken: BTreeSet<&ImagePath> = BTreeSet::new();
    let paths = programs
        .iter()
        .map(|program| &program.to)
        .chain(files.iter().map(|file| &file.path));
    for path in paths {
        if !taken.insert(path) {
            return Err(BuildError::new(
                Phase::Plan,
                name,
                format!("two files are to be at {path}"),
            )
            .hint("give one of them another place, or leave it out with exclude"));
        }
    }
    let below_file = taken.iter().find_map(|path| {
        let parents = std::iter::successors(path.parent(), ImagePath::parent);
        let parent = parents
            .into_iter()
            .find(|parent| is_no_folder(parent, programs, files))?;
        Some((path, parent))
    });
    match below_file {
        Some((path, parent)) => Err(BuildError::new(
            Phase::Plan,
            name,
            format!("{path} lies below {parent}, which is no folder"),
        )),
        None => Ok(()),
    }
}

fn is_no_folder(path: &ImagePath, programs: &[Program], files: &[Entry]) -> bool {
    programs.iter().any(|program| program.to == *path)
        || files
            .iter()
            .any(|file| file.path == *path && !matches!(file.content, Content::Folder))
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
        .hint(
            "give each its own with {name}, as in -o archive=dist/{name}.tar, or use -o layout=DIR",
        ),
    )
}

pub(super) fn shared_tags(images: &[ImagePlan]) -> Vec<BuildError> {
    let mut taken = BTreeMap::new();
    let mut errors = Vec::new();
    for image in images {
        for delivery in &image.deliveries {
            for tag in &delivery.tags {
                let Destination::Registry(repository) = &delivery.destination else {
                    continue;
                };
                if let Some(other) = taken.insert((repository, tag), &image.name) {
                    let message = format!(
                        "{repository}:{tag} would be {other} and {} at once",
                        image.name
                    );
                    errors.push(BuildError::new(Phase::Plan, &image.name, message).hint(
                        "put {name} into the repository, as in registry.example.com/team/{name}",
                    ));
                }
            }
        }
    }
    errors
}
