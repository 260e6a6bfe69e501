//! Files that are not there yet: written under another name, synced, renamed.
//!
//! Each is locked by the process that writes it. A lock does not outlive its process, so a file
//! whose lock can be had was left by one that was killed, and the next run removes it.

#![expect(
    clippy::disallowed_methods,
    reason = "this is how everything that the program keeps comes to the disk"
)]

use std::fs::{self, DirBuilder, DirEntry, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::ports::{Removal, UNFINISHED, is_unfinished};

/// Who may read a file once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner.
    Owner,
    /// Those whom the user's umask lets.
    Umask,
    /// Those whom the user's umask lets, and they may run it too.
    RunnersByUmask,
}

/// Makes `folder` and those above it that are missing, for their owner alone.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Creates a file in `folder` that is gone when it is dropped before it is kept.
pub(super) fn create(folder: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::Umask => 0o666,
        Readers::RunnersByUmask => 0o777,
    };
    let [prefix, suffix] = UNFINISHED;
    loop {
        let file = tempfile::Builder::new()
            .prefix(prefix)
            .suffix(suffix)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)
            .map_err(without_name)?;
        match file.as_file().try_lock() {
            // Another process took it for one that was left, before it could be locked.
            Err(TryLockError::WouldBlock) => continue,
            // On a file system without locks nothing is ever swept.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        if file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

/// The name of a file that never came to be says nothing to a person.
fn without_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((cause, _)) => io::Error::new(error.kind(), cause),
        None => error,
    }
}

/// Puts a finished file at `path`, in place of what is there.
pub(super) fn keep(file: NamedTempFile, path: &Path) -> io::Result<File> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)
}

/// Puts a finished file at `path`, unless something is there.
pub(super) fn keep_new(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist_noclobber(path)
        .map(drop)
        .map_err(|error| error.error)
}

/// Returns the folder that `path` lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().map_or(Path::new("/"), or_here)
}

/// A relative path ends in an empty one, which means the working directory.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// Tells whether a file can be created in `folder`, or in the nearest one above it that is there,
/// and leaves nothing. To write is the only proof that one can.
pub(super) fn try_in(folder: &Path) -> io::Result<()> {
    let nearest = folder
        .ancestors()
        .map(or_here)
        .find(|folder| folder.exists());
    create(nearest.unwrap_or(folder), Readers::Owner).map(drop)
}

/// Tells whether `folder` is missing, or holds nothing but files that are not there yet.
pub(super) fn is_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            for entry in entries {
                if !is_ours(&entry?) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Removes the files in `folder` that processes left which are no more. What cannot be removed
/// stays: it harms nobody.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten().filter(is_ours) {
        let _ = remove_left(&entry.path());
    }
}

/// Removes such a file, unless its process lives.
pub(super) fn remove_left(path: &Path) -> io::Result<Removal> {
    // Held until the file is gone: whoever has just created it waits for no lock, and takes another
    // name.
    let file = File::open(path)?;
    if file.try_lock().is_err() {
        return Ok(Removal::InUse);
    }
    fs::remove_file(path).map(|()| Removal::Removed)
}

fn is_ours(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(is_unfinished)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn only_files_of_processes_that_are_no_more_are_swept() {
        let folder = TempDir::new().unwrap();
        let ours = create(folder.path(), Readers::Owner).unwrap();
        let left = folder.path().join(".coracle-dead.tmp");
        let foreign = folder.path().join("notes.tmp");
        fs::write(&left, "").unwrap();
        fs::write(&foreign, "").unwrap();
        sweep(folder.path());
        assert!(ours.path().exists() && foreign.exists());
        assert!(!left.exists());
    }

    #[test]
    fn a_relative_path_starts_in_the_working_directory() {
        assert_eq!(folder_of(Path::new("app.tar")), Path::new("."));
        assert_eq!(folder_of(Path::new("dist/app.tar")), Path::new("dist"));
        assert!(try_in(Path::new("not-there/nor-this")).is_ok());
    }

    #[test]
    fn a_file_that_is_kept_takes_the_place_of_the_old_one() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, "old").unwrap();
        let mut file = create(folder.path(), Readers::Umask).unwrap();
        io::Write::write_all(&mut file, b"new").unwrap();
        keep(file, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
