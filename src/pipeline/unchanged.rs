//! Images of which nothing changed since they were pushed: the registry shows them already.

use std::num::NonZeroUsize;

use crate::image::{Base, Image};
use crate::model::{BuildError, Event, Phase, Work, crew};
use crate::plan::{Delivery, Destination, ImagePlan};
use crate::ports::Progress;
use crate::report;

use super::attest::is_attested;
use super::memory::ImageMemory;
use super::steps::reported;
use super::{Ports, Prepared};

/// Returns for each image of `prepared` what it is, where every place that it goes to shows it
/// already; one thing is asked per tag, and nothing where something of the image is not remembered.
///
/// # Errors
/// When a registry cannot be reached.
pub(super) fn unchanged(
    ports: &Ports<'_>,
    prepared: &Prepared,
    memories: &[ImageMemory],
    jobs: NonZeroUsize,
) -> Result<Vec<Option<report::Image>>, BuildError> {
    let plans = prepared.plan.images.iter().zip(&prepared.bases);
    let candidates: Vec<(&ImagePlan, Option<Image>)> = plans
        .zip(memories)
        .map(|((plan, base), memory)| (plan, candidate(ports, plan, memory, base)))
        .collect();
    if candidates.iter().all(|(_, image)| image.is_none()) {
        return Ok(vec![None; candidates.len()]);
    }
    let _progress = Progress::start(ports.events, Work::new(Phase::Publish, "comparing"), None);
    crew::each(jobs.get().max(MOST_ASKED), &candidates, |(plan, image)| {
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
        ports.events.emit(Event::Noted {
            phase: Phase::Publish,
            message: format!("{} is unchanged", plan.name),
        });
        Ok(Some(shown(plan, image)))
    })
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
