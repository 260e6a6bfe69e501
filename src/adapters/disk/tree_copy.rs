//! A copy of the user's source, to build in.
#![expect(
    clippy::disallowed_methods,
    reason = "folders, files and links are copied here, as they are"
)]

use std::fs::{self, DirEntry, FileType};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::model::Cancellation;

/// Copies a folder.
pub struct TreeCopy<'a> {
    /// Folders that are not copied, absolute: such as the one that the copy lies in.
    pub left_out: &'a [PathBuf],
    /// Is told of the bytes that were copied.
    pub copied: &'a dyn Fn(u64),
    /// Says when to stop.
    pub cancellation: &'a Cancellation,
}

impl TreeCopy<'_> {
    /// Copies what is in `from` into the folder `to`, which is there: files with their modes, and links as
    /// they are. Sockets, pipes and devices are no source, and stay behind.
    ///
    /// # Errors
    /// When something cannot be read or written, or the run is told to stop.
    pub fn run(&self, from: &Path, to: &Path) -> io::Result<()> {
        for entry in fs::read_dir(from).map_err(|error| at(from, error))? {
            if self.cancellation.reason().is_some() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let entry = entry.map_err(|error| at(from, error))?;
            let path = entry.path();
            let copied = self.entry(&entry, &to.join(entry.file_name()));
            copied.map_err(|error| at(&path, error))?;
        }
        Ok(())
    }

    fn entry(&self, entry: &DirEntry, to: &Path) -> io::Result<()> {
        let (from, kind): (PathBuf, FileType) = (entry.path(), entry.file_type()?);
        if kind.is_symlink() {
            symlink(fs::read_link(from)?, to)
        } else if kind.is_file() {
            (self.copied)(fs::copy(from, to)?);
            Ok(())
        } else if kind.is_dir() && !self.left_out.contains(&from) {
            fs::create_dir(to)?;
            self.run(&from, to)
        } else {
            Ok(())
        }
    }
}

/// Names the innermost place alone.
fn at(path: &Path, error: io::Error) -> io::Error {
    if error.get_ref().is_some() || error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;

    use super::*;
    use crate::model::StopReason;

    fn source() -> TempDir {
        let folder = TempDir::new().unwrap();
        fs::create_dir_all(folder.path().join("a/cache/b")).unwrap();
        fs::write(folder.path().join("a/run.sh"), "text").unwrap();
        let mode = Permissions::from_mode(0o750);
        fs::set_permissions(folder.path().join("a/run.sh"), mode).unwrap();
        symlink("/nowhere", folder.path().join("a/link")).unwrap();
        let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
        folder
    }

    fn copy(source: &TempDir, cancellation: &Cancellation) -> (io::Result<()>, TempDir, u64) {
        let to = TempDir::new().unwrap();
        let bytes = Cell::new(0);
        let copy = TreeCopy {
            left_out: &[source.path().join("a/cache")],
            copied: &|more| bytes.set(bytes.get() + more),
            cancellation,
        };
        let done = copy.run(source.path(), to.path());
        (done, to, bytes.get())
    }

    #[test]
    fn files_links_and_modes_are_copied_and_nothing_else() {
        let (done, to, bytes) = copy(&source(), &Cancellation::default());
        done.unwrap();
        assert_eq!(bytes, 4);
        let copied = to.path().join("a/run.sh");
        assert_eq!(fs::read(&copied).unwrap(), b"text");
        let mode = fs::metadata(&copied).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
        let link = fs::read_link(to.path().join("a/link")).unwrap();
        assert_eq!(link, Path::new("/nowhere"));
        assert!(!to.path().join("socket").exists());
        assert!(!to.path().join("a/cache").exists());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_whoever_is_stopped_stops() {
        let source = source();
        let gone = source.path().join("none");
        let copy_of = TreeCopy {
            left_out: &[],
            copied: &|_| {},
            cancellation: &Cancellation::default(),
        };
        let error = copy_of.run(&gone, source.path()).unwrap_err();
        assert!(error.to_string().starts_with(&gone.display().to_string()));
        let stopped = Cancellation::default();
        stopped.stop(StopReason::Interrupted);
        let (done, _, bytes) = copy(&source, &stopped);
        assert_eq!(done.unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert_eq!(bytes, 0);
    }
}
