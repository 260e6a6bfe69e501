//! Images of which nothing changed since they were pushed: the registry shows them already.

use std::num::NonZeroUsize;

use crate::image::{Base, Image};
use crate::model::{BuildError, Event, Phase, Work, crew};
use crate::plan::{Delivery, Destination, ImagePlan};
use crate::ports::Progress;
use crate::report;

use super::Ports;
use super::attest::is_attested;
use super::memory::ImageMemory;
use super::recall::Recalled;
use super::steps::{reported, tell_delivered};

/// Returns for each image of `prepared` what it is, where every place that it goes to shows it
/// already, and `is_taken` says that nobody has to look at it; one thing is asked per tag, and nothing where something
/// of the image is not remembered.
///
/// # Errors
/// When a registry cannot be reached.
pub(super) fn unchanged(
    ports: &Ports<'_>,
    recalled: &Recalled<'_>,
    jobs: NonZeroUsize,
    is_taken: impl Fn(&ImageMemory) -> bool + Sync,
) -> Result<Vec<Option<report::Image>>, BuildError> {
    let prepared = recalled.prepared;
    let plans = prepared.plan.images.iter().zip(&prepared.bases);
    let candidates: Vec<(&ImagePlan, &ImageMemory, Option<Image>)> = plans
        .zip(&recalled.images)
        .map(|((plan, base), memory)| (plan, memory, candidate(ports, plan, memory, base)))
        .collect();
    if candidates.iter().all(|(.., image)| image.is_none()) {
        return Ok(vec![None; candidates.len()]);
    }
    let _progress = Progress::start(ports.events, Work::new(Phase::Publish, "comparing"), None);
    crew::each(
        jobs.get().max(MOST_ASKED),
        &candidates,
        |(plan, memory, image)| {
            let Some(image) = image else {
                return Ok(None);
            };
            for delivery in &plan.deliveries {
                let (tags, destination) = (&delivery.tags, &delivery.destination);
                let is_shown = ports.publisher.shows(image, tags, destination)?;
                if !is_shown || !is_attested(ports, prepared, image, destination)? {
                    return Ok(None);
                }
            }
            if !is_taken(memory) {
                return Ok(None);
            }
            ports.events.emit(Event::Noted {
                phase: Phase::Publish,
                message: format!("{} is unchanged", plan.name),
            });
            tell_delivered(ports, plan, image);
            Ok(Some(shown(plan, image)))
        },
    )
}

/// How many registries are waited for at once: to wait takes no processor.
const MOST_ASKED: usize = 16;

/// An archive or a layout is written anyhow.
fn candidate(
    ports: &Ports<'_>,
    plan: &ImagePlan,
    memory: &ImageMemory,
    base: &Base,
) -> Option<Image> {
    let is_pushed = |delivery: &Delivery| matches!(delivery.destination, Destination::Registry(_));
    if plan.deliveries.iter().all(is_pushed) {
        memory.image(ports, plan, base)
    } else {
        None
    }
}

fn shown(plan: &ImagePlan, image: &Image) -> report::Image {
    let present_bytes = image
        .blobs()
        .iter()
        .map(|blob| blob.descriptor.size_bytes)
        .sum();
    let outputs = plan.deliveries.iter().map(|delivery| report::Output {
        destination: delivery.destination.to_string(),
        tags: delivery.tags.iter().map(ToString::to_string).collect(),
        sent_bytes: 0,
        present_bytes,
    });
    reported(plan, image, outputs.collect())
}
