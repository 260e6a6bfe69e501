//! Documents that a user wants in a file.

use std::io::{self, Write as _};
use std::path::Path;

use super::temp_file::{self, Readers};
use crate::model::{BuildError, ExitCode, Phase};

/// Writes a document, whole or not at all; one that is there already is replaced.
///
/// # Errors
/// When it cannot be written.
pub fn write_document(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    write(path, bytes).map_err(|error| {
        unwritten(path, "cannot write the document", error).hint("without -o it goes to stdout")
    })
}

/// Writes a page, as for [`write_document`].
///
/// # Errors
/// When it cannot be written.
pub fn write_page(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    write(path, bytes).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => {
                let folder = temp_file::folder_of(path).display();
                format!("make the folder first: mkdir -p {folder}")
            }
            _ => "name a file that can be written: --html /tmp/report.html".to_owned(),
        };
        unwritten(path, "cannot write the page", error).hint(hint)
    })
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temp_file::create(temp_file::folder_of(path), Readers::Umask)?;
    file.write_all(bytes)?;
    temp_file::keep(file, path).map(drop)
}

fn unwritten(path: &Path, message: &str, error: io::Error) -> BuildError {
    BuildError::new(Phase::Report, path.display(), message)
        .because(error)
        .exit(ExitCode::CannotWrite)
}
