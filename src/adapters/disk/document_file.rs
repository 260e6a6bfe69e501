//! Documents that a user wants in a file.
#![expect(
    clippy::disallowed_methods,
    reason = "the file is one that the user names"
)]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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

/// Writes a report, as for [`write_document`].
///
/// # Errors
/// When it cannot be written.
pub fn write_report(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    write(path, bytes).map_err(|error| unwritten(path, "cannot write the report", error))
}

/// A file that tells the next program what a run has made: it is there when the run has told of its end, and never of
/// an older one.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    /// Takes away what an older run has left there; what is no file stays what it is.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub fn begin(path: PathBuf) -> Result<Self, BuildError> {
        if is_no_file(&path) {
            return Ok(Self { path });
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(unwritten(&path, "cannot replace the report", error))
            }
            _ => Ok(Self { path }),
        }
    }

    /// Writes what the run has made; a folder that is missing is made.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(&self, bytes: &[u8]) -> Result<(), BuildError> {
        let path = &self.path;
        fs::create_dir_all(temp_file::folder_of(path))
            .and_then(|()| write(path, bytes))
            .map_err(|error| unwritten(path, "cannot write the report", error))
    }
}

/// Writes a file whole or not at all. What is no file, as a pipe, or a link such as /dev/stdout, stays what it is, and is
/// written to.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_no_file(path) {
        return fs::write(path, bytes);
    }
    let mut file = temp_file::create(temp_file::folder_of(path), Readers::Umask)?;
    file.write_all(bytes)?;
    temp_file::keep(file, path).map(drop)
}

/// Tells of a pipe, a device, or a link to anything.
fn is_no_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file())
}

fn unwritten(path: &Path, message: &str, error: io::Error) -> BuildError {
    BuildError::new(Phase::Report, path.display(), message)
        .because(error)
        .exit(ExitCode::CannotWrite)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_report_replaces_an_older_one_and_goes_where_a_link_leads() {
        let folder = TempDir::new().unwrap();
        let [plain, link, target] = ["plain", "link", "target"].map(|it| folder.path().join(it));
        fs::write(&plain, "old").unwrap();
        fs::write(&target, "old").unwrap();
        symlink(&target, &link).unwrap();
        let report = ReportFile::begin(plain.clone()).unwrap();
        assert!(!plain.exists(), "it would be taken for this run's");
        report.end(b"new").unwrap();
        assert_eq!(fs::read(&plain).unwrap(), b"new");
        let report = ReportFile::begin(link.clone()).unwrap();
        report.end(b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }
}
