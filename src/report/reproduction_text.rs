//! What came of two builds, as people read about it.

use std::io::{self, Write};

use super::reproduction::{ReproducedImage, Reproduction};
use super::write_comparison;
use crate::model::ForeignText;

/// Writes a line for each image, in what those differ that do, and what was different for the builds.
///
/// Whatever images and the environment say passes [`ForeignText`].
///
/// # Errors
/// Those of the writer.
pub fn write_reproduction(to: &mut dyn Write, reproduction: &Reproduction) -> io::Result<()> {
    for image in &reproduction.images {
        write_image(to, image)?;
    }
    writeln!(to)?;
    writeln!(to, "built twice, with other")?;
    for circumstance in &reproduction.circumstances {
        let line = format!(
            "  {:<16}  {} | {}",
            circumstance.what, circumstance.first, circumstance.second
        );
        writeln!(to, "{}", ForeignText::new(&line))?;
    }
    Ok(())
}

fn write_image(to: &mut dyn Write, image: &ReproducedImage) -> io::Result<()> {
    let ReproducedImage {
        name,
        first,
        second,
        comparison,
        ..
    } = image;
    if first == second {
        return writeln!(
            to,
            "{}",
            ForeignText::new(&format!("{name}@{first}  the same both times"))
        );
    }
    let line = format!("{name}@{first}  came out as {second} the second time");
    writeln!(to, "{}", ForeignText::new(&line))?;
    match comparison {
        Some(comparison) => write_comparison(to, comparison),
        None => Ok(()),
    }
}
