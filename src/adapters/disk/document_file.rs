//! Documents that a user wants in a file.

use std::io::Write as _;
use std::path::Path;

use super::temp_file::{self, Readers};
use crate::model::{BuildError, ExitCode, Phase};

/// Writes a document, whole or not at all; one that is there already is replaced.
///
/// # Errors
/// When it cannot be written.
pub fn write_document(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let folder = temp_file::folder_of(path);
    let written = temp_file::create(folder, Readers::Umask).and_then(|mut file| {
        file.write_all(bytes)?;
        temp_file::keep(file, path)
    });
    written.map(drop).map_err(|error| {
        BuildError::new(Phase::Report, path.display(), "cannot write the document")
            .because(error)
            .exit(ExitCode::CannotWrite)
            .hint("without -o it goes to stdout")
    })
}
