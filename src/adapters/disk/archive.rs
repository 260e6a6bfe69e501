//! Archives: written beside their place, then renamed.

#![expect(
    clippy::disallowed_methods,
    reason = "archives are files in the user's folder"
)]

use std::fs;
use std::path::{Path, PathBuf};

use super::output_error::OutputError;
use super::temp_file::{self, Readers};
use crate::image::Image;
use crate::layers::write_tar;
use crate::model::{Cancellation, Tag};
use crate::plan::ArchiveFile;
use crate::ports::Progress;
use crate::publish::archive_entries;

/// Tells whether an archive can be at `path`, and leaves nothing there.
pub(super) fn check(path: &Path) -> Result<(), OutputError> {
    Ok(temp_file::try_in(temp_file::folder_of(&place_of(path)?))?)
}

/// Returns the place that `path` leads to: a link stays, and what it points to is replaced.
fn place_of(path: &Path) -> Result<PathBuf, OutputError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(OutputError::Folder),
        Ok(found) if found.is_file() => Ok(path.canonicalize()?),
        Ok(_) => Err(OutputError::NoFile),
        // What else is wrong with the path comes out when something is written there.
        Err(_) => Ok(path.to_owned()),
    }
}

/// Writes the archive of `image`; what was there stays until it is whole.
pub(super) fn write(
    image: &Image,
    tags: &[Tag],
    file: &ArchiveFile,
    cancellation: &Cancellation,
    progress: &Progress<'_>,
) -> Result<(), OutputError> {
    let entries = archive_entries(image, &file.name, tags)?;
    let place = place_of(&file.path)?;
    let folder = temp_file::folder_of(&place);
    fs::create_dir_all(folder)?;
    temp_file::sweep(folder);
    let mut tar = temp_file::create(folder, Readers::Umask)?;
    write_tar(entries, &mut tar, cancellation, &|bytes| {
        progress.advance(bytes);
    })?;
    temp_file::keep(tar, &place)?;
    Ok(())
}
