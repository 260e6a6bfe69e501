//! Two images that cannot be in one place.

use std::collections::BTreeMap;

use crate::model::{BuildError, ImageName, Phase};

use super::{Delivery, Destination, ImagePlan, Sink};

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
