//! What a person sees at the end of a run.

use std::io::{self, Write};

use crate::model::{ByteSize, Repository};

use super::{Document, Image};

/// Writes a line for each image and output, the time of each phase, and what to type next.
///
/// # Errors
/// Those of the writer.
pub fn write_summary(to: &mut dyn Write, document: &Document) -> io::Result<()> {
    if document.images.len() + document.failed_images.len() > MOST_TOLD_WHOLE {
        write_table(to, document)?;
    } else {
        for image in &document.images {
            write_image(to, image)?;
        }
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

/// More images than these are told in a table, a line each.
const MOST_TOLD_WHOLE: usize = 8;

fn write_table(to: &mut dyn Write, document: &Document) -> io::Result<()> {
    let names = document.images.iter().map(|image| &image.name);
    let names = names.chain(&document.failed_images);
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let row = |to: &mut dyn Write, [name, digest, size, sent, status]: [&str; 5]| {
        let label = if status == "STATUS" { "images" } else { "" };
        writeln!(
            to,
            "{label:>9}  {name:width$}  {digest:19.19}  {size:>9}  {sent:>9}  {status}"
        )
    };
    row(to, ["NAME", "DIGEST", "SIZE", "SENT", "STATUS"])?;
    let (mut all_sent, mut unchanged) = (0, 0);
    for image in &document.images {
        let size_bytes = image.platforms.iter().map(|it| it.size_bytes).sum();
        let sent_bytes = image.outputs.iter().map(|it| it.sent_bytes).sum();
        let status = if sent_bytes == 0 { "unchanged" } else { "OK" };
        all_sent += sent_bytes;
        unchanged += usize::from(sent_bytes == 0);
        let (size, sent) = (
            ByteSize(size_bytes).to_string(),
            ByteSize(sent_bytes).to_string(),
        );
        row(to, [&image.name, &image.digest, &size, &sent, status])?;
    }
    for name in &document.failed_images {
        row(to, [name, "", "", "", "FAIL"])?;
    }
    let (made, failed) = (document.images.len(), document.failed_images.len());
    writeln!(
        to,
        "{:>9}  {made} of {} images, {unchanged} unchanged, {failed} failed; {} sent",
        "",
        made + failed,
        ByteSize(all_sent)
    )
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
