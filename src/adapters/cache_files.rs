//! Sizes and last uses of what is in the cache folder, and the files of what others keep in theirs.
//!
//! The last use of a file is the time that it was written, which is set anew when it is used. The
//! time that the system itself keeps of reading is no help: most disks are mounted so that it is
//! seldom written, or never. It is one call on an open file, atomic, and lost at worst.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "what was used when is asked of the disk, and told to it"
)]

use std::fs::{self, DirEntry, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io::{self, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

use crate::model::{Cancellation, Digest, Digester, StopReason, Timestamp};
use crate::ports::Removal;

/// A use that is noted is good for so long: a run of a thousand images that are unchanged writes
/// nothing when it comes again.
const FRESH: Duration = Duration::from_hours(1);

/// How often it is looked whether another process is done.
const LOOK: Duration = Duration::from_millis(100);

/// The size of the blocks that the system counts, whatever those of the disk are.
const BLOCK_BYTES: u64 = 512;

/// Why a file is not locked.
#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    /// It cannot be made.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
}

/// Opens the file that processes lock at `path`, and makes it where it is missing.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Waits until no other process has the lock at `path`, whose folder is there; `wait` is called once
/// when one has. The lock ends with the process at the latest.
pub(super) fn lock(
    path: &Path,
    cancellation: &Cancellation,
    wait: impl FnOnce(),
) -> Result<File, LockError> {
    let file = lock_file(path)?;
    let mut wait = Some(wait);
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {}
            // A file system without locks is used by one process at a time, or the work is done twice.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
        if let Some(wait) = wait.take() {
            wait();
        }
        if let Some(reason) = cancellation.reason() {
            return Err(LockError::Stopped(reason));
        }
        std::thread::sleep(LOOK);
    }
}

/// Notes that `file` is used now. Where that cannot be noted, it is only forgotten sooner.
pub(super) fn note_use(file: &File) {
    let noted = file.metadata().and_then(|metadata| metadata.modified());
    if noted.is_ok_and(is_fresh) {
        return;
    }
    let time = |nanoseconds| Timespec {
        tv_sec: 0,
        tv_nsec: nanoseconds,
    };
    let times = Timestamps {
        last_access: time(UTIME_OMIT),
        last_modification: time(UTIME_NOW),
    };
    // A cache that is read-only or another user's.
    let _ = futimens(file, &times);
}

/// A time that is to come is one of a clock that was wrong: it is set right.
fn is_fresh(noted: SystemTime) -> bool {
    noted.elapsed().is_ok_and(|age| age < FRESH)
}

/// Returns when a file was used last.
pub(super) fn last_use(metadata: &Metadata) -> Timestamp {
    Timestamp::from_seconds(metadata.mtime())
}

/// Returns the bytes that a file takes on the disk.
pub(super) fn size(metadata: &Metadata) -> u64 {
    metadata.blocks() * BLOCK_BYTES
}

/// Returns the bytes that `path` and all below it take on the disk; no link is followed. What
/// cannot be looked at counts nothing.
pub(super) fn size_of_all(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return 0;
    };
    let below = || fs::read_dir(path).into_iter().flatten().flatten();
    let inside: u64 = if metadata.is_dir() {
        below().map(|entry| size_of_all(&entry.path())).sum()
    } else {
        0
    };
    size(&metadata) + inside
}

/// Returns what is in `folder`, each with what it is; nothing where there is no folder. What goes
/// away meanwhile is left out.
pub(super) fn contents(folder: &Path) -> io::Result<Vec<(DirEntry, Metadata)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut contents = Vec::new();
    for entry in entries {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) => contents.push((entry, metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(contents)
}

/// Tells what came of a removal where another process may have been first.
pub(super) fn unless_gone(removed: io::Result<Removal>) -> io::Result<Removal> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Removal::Gone),
        removed => removed,
    }
}

/// Brings thousands of files to the disk at once: one by one would take a minute.
pub(super) fn sync_all(folder: &Path) -> io::Result<()> {
    let folder = File::open(folder)?;
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(&folder)?;
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        rustix::fs::sync();
    }
    Ok(())
}

/// Removes the folder `root` and all below it, read-only or not.
pub(super) fn remove_all(root: &Path) -> io::Result<()> {
    open_all(root)?;
    fs::remove_dir_all(root)
}

/// Each before what is in it, which else could not be looked at.
fn open_all(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_all(&entry.path())?;
        }
    }
    Ok(())
}

/// How much of a file is read at once: all of most files of source.
pub(super) const AT_ONCE_BYTES: usize = 64 << 10;

/// Returns the digest of the file at `path`.
pub(super) fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut digester = Digester::default();
    let mut file = BufReader::with_capacity(AT_ONCE_BYTES, File::open(path)?);
    io::copy(&mut file, &mut digester)?;
    Ok(digester.finish())
}

/// Visits all files below `root` by their paths from there, sorted by name within each folder;
/// anything but files and folders is an error of the kind `InvalidData` that says its path.
pub(super) fn for_each_file(
    root: &Path,
    visit: &mut dyn FnMut(&str, &DirEntry) -> io::Result<()>,
) -> io::Result<()> {
    for_each_file_in(root, "", visit)
}

fn for_each_file_in(
    root: &Path,
    folder: &str,
    visit: &mut dyn FnMut(&str, &DirEntry) -> io::Result<()>,
) -> io::Result<()> {
    let strange = |name: &str| io::Error::new(io::ErrorKind::InvalidData, name.to_owned());
    let mut entries = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().into_string();
        entries.push((name.map_err(|it| strange(&it.to_string_lossy()))?, entry));
    }
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (name, entry) in entries {
        let path = match folder {
            "" => name,
            folder => format!("{folder}/{name}"),
        };
        // Listing a folder tells what is in it: to ask for more is dear.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            for_each_file_in(root, &path, visit)?;
        } else if kind.is_file() {
            visit(&path, &entry)?;
        } else {
            return Err(strange(&path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn modified(file: &File) -> SystemTime {
        file.metadata().unwrap().modified().unwrap()
    }

    #[test]
    fn a_use_is_noted_where_the_last_one_is_long_ago_or_yet_to_come() {
        let folder = TempDir::new().unwrap();
        let file = File::create(folder.path().join("f")).unwrap();
        let read = File::open(folder.path().join("f")).unwrap();
        let now = SystemTime::now();
        let day = Duration::from_hours(24);
        for (noted, stays) in [(now, true), (now - day, false), (now + day, false)] {
            file.set_modified(noted).unwrap();
            note_use(&read);
            assert_eq!(modified(&file) == noted, stays, "{noted:?}");
        }
    }

    #[test]
    fn a_folder_is_as_large_as_all_that_is_in_it_and_no_link_is_followed() {
        let folder = TempDir::new().unwrap();
        let one = size_of_all(folder.path());
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/f"), vec![1; 100_000]).unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        let all = size_of_all(folder.path());
        assert!((one + 100_000..1 << 20).contains(&all), "{all}");
        assert_eq!(size_of_all(&folder.path().join("none")), 0);
    }
}
