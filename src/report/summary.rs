//! What a person sees at the end of a run.

use std::io::{self, Write};

use crate::model::{ByteSize, Repository};

use super::{Document, Image};

/// Writes a line for each image and output, the time of each phase, and what to type next.
///
/// # Errors
/// Those of the writer.
pub fn write_summary(to: &mut dyn Write, document: &Document) -> io::Result<()> {
    for image in &document.images {
        write_image(to, image)?;
    }
    let phases: Vec<String> = document
        .phases
        .iter()
        .map(|time| format!("{} {:.1}s", time.phase, time.seconds))
        .collect();
    writeln!(
        to,
        "{:>9}  {:.1}s ({})",
        "time",
        document.seconds,
        phases.join(", ")
    )?;
    match document.images.as_slice() {
        [image] => next_step(image).map_or(Ok(()), |next| writeln!(to, "{:>9}  {next}", "next")),
        _ => Ok(()),
    }
}

/// Returns the command that a person who made a single image is likely to want.
fn next_step(image: &Image) -> Option<String> {
    let output = image.outputs.first()?;
    if let Some(path) = output.destination.strip_prefix("archive=") {
        return Some(format!("podman load -i {path}"));
    }
    if let Some(folder) = output.destination.strip_prefix("layout=") {
        return Some(format!(
            "skopeo inspect oci:{folder}:{}",
            output.tags.first()?
        ));
    }
    let tls = if is_near(&output.destination) {
        " --tls-verify=false"
    } else {
        ""
    };
    Some(format!(
        "podman run --rm{tls} {}@{}",
        output.destination, image.digest
    ))
}

/// A registry on this machine speaks plain HTTP, which podman does only when told to.
fn is_near(destination: &str) -> bool {
    let repository = destination.parse::<Repository>();
    repository.is_ok_and(|repository| repository.host().is_loopback())
}

fn write_image(to: &mut dyn Write, image: &Image) -> io::Result<()> {
    let platforms: Vec<String> = image
        .platforms
        .iter()
        .map(|platform| format!("{} {}", platform.platform, ByteSize(platform.size_bytes)))
        .collect();
    writeln!(
        to,
        "{:>9}  {} {} ({})",
        "image",
        image.name,
        image.digest,
        platforms.join(", ")
    )?;
    for output in &image.outputs {
        let tags = if output.tags.is_empty() {
            "no tag".to_owned()
        } else {
            output.tags.join(", ")
        };
        let sent = ByteSize(output.sent_bytes);
        let present = ByteSize(output.present_bytes);
        writeln!(
            to,
            "{:>9}  {} ({tags}; {sent} sent, {present} there already)",
            "", output.destination
        )?;
    }
    Ok(())
}
