//! The steps of one image: package a platform, deliver the whole.

use crate::image::{self, Base, HeldLayer, PlatformImage};
use crate::model::{BuildError, Event, Phase};
use crate::plan::{Delivery, ImagePlan};
use crate::report;

use super::Ports;
use super::attest::publish;
use super::build::BuildJob;

/// Makes the image of the platform of this number.
pub(super) fn platform(
    ports: &Ports<'_>,
    plan: &ImagePlan,
    number: usize,
    base: &Base,
    files: Option<&HeldLayer>,
    programs: &[HeldLayer],
) -> Result<PlatformImage, BuildError> {
    let settings = &plan.platforms[number];
    let base = base.for_platform(&settings.platform).ok_or_else(|| {
        // Preflight has seen to it; a base that changes in between is pinned by its digest.
        BuildError::new(
            Phase::Base,
            &plan.name,
            format!("the base has no {}", settings.platform),
        )
    })?;
    Ok(ports
        .packager
        .platform(plan, settings, base, files, programs))
}

/// Joins the platforms, brings the image to each of its places, and sets its tags there.
pub(super) fn deliver(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    number: usize,
    platforms: Vec<PlatformImage>,
) -> Result<report::Image, Vec<BuildError>> {
    let plan = job.images[number].plan;
    let image = ports.packager.join(plan, platforms);
    let results: Vec<Result<report::Output, BuildError>> = std::thread::scope(|scope| {
        let image = &image;
        let threads: Vec<_> = plan
            .deliveries
            .iter()
            .map(|delivery| scope.spawn(move || deliver_to(ports, job, number, delivery, image)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut outputs = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(output) => outputs.push(output),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        tell_delivered(ports, plan, &image);
        Ok(reported(plan, &image, outputs))
    } else {
        Err(errors)
    }
}

fn deliver_to(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    number: usize,
    delivery: &Delivery,
    image: &image::Image,
) -> Result<report::Output, BuildError> {
    let published = publish(ports, job, number, image, &delivery.destination)?;
    ports
        .publisher
        .tag(image, &delivery.tags, &delivery.destination)?;
    Ok(report::Output {
        destination: delivery.destination.to_string(),
        tags: delivery.tags.iter().map(ToString::to_string).collect(),
        sent_bytes: published.sent_bytes,
        present_bytes: published.present_bytes,
    })
}

/// Tells that an image is at all of its places.
pub(super) fn tell_delivered(ports: &Ports<'_>, plan: &ImagePlan, image: &image::Image) {
    for delivery in &plan.deliveries {
        ports.events.emit(Event::Delivered {
            image: plan.name.clone(),
            destination: delivery.destination.to_string(),
            digest: image.root().digest,
        });
    }
}

/// Says what became of an image.
pub(super) fn reported(
    plan: &ImagePlan,
    image: &image::Image,
    outputs: Vec<report::Output>,
) -> report::Image {
    let root = image.root();
    report::Image {
        name: plan.name.to_string(),
        digest: root.digest.to_string(),
        media_type: root.media_type.to_string(),
        platforms: image.platforms.iter().map(reported_platform).collect(),
        outputs,
    }
}

fn reported_platform(platform: &PlatformImage) -> report::PlatformImage {
    let layers = || platform.layers.iter().map(|layer| &layer.blob.descriptor);
    report::PlatformImage {
        platform: platform.platform.to_string(),
        digest: platform.manifest.descriptor.digest.to_string(),
        size_bytes: layers().map(|layer| layer.size_bytes).sum(),
        layers: layers()
            .map(|layer| report::Layer {
                digest: layer.digest.to_string(),
                size_bytes: layer.size_bytes,
                media_type: layer.media_type.to_string(),
            })
            .collect(),
    }
}
