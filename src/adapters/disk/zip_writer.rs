//! Entries to a zip.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::program_copy::copy;
use super::program_error::ProgramError;
use crate::model::{Cancellation, Content, Entry};

/// Longer files need 64-bit lengths, which some readers do not know.
const MAX_SHORT_BYTES: u64 = u32::MAX as u64;

/// Writes `entries` to `file`, sorted by their names: all times are 1980, the first that a zip can tell,
/// and permission bits are kept for systems that have them.
///
/// The bytes are stable.
pub(super) fn write_zip(
    mut entries: Vec<Entry>,
    file: &mut File,
    cancellation: &Cancellation,
) -> Result<(), ProgramError> {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let mut zip = ZipWriter::new(BufWriter::new(file));
    for entry in entries {
        let name = entry.path.to_archive_name();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(entry.mode.bits());
        match &entry.content {
            Content::Folder => zip.add_directory(name, options)?,
            Content::Symlink(target) => zip.add_symlink(name, target.as_str(), options)?,
            Content::File { size_bytes, source } => {
                zip.start_file(name, options.large_file(*size_bytes > MAX_SHORT_BYTES))?;
                let source = source.open().map_err(|error| unreadable(&entry, error))?;
                copy(source, &mut zip, cancellation, |error| {
                    unreadable(&entry, error)
                })?;
            }
        }
    }
    zip.finish()?.flush()?;
    Ok(())
}

fn unreadable(entry: &Entry, source: io::Error) -> ProgramError {
    ProgramError::Entry {
        path: entry.path.clone(),
        source,
    }
}
