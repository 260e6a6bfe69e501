//! Opening what lies below a folder, and nothing else, whatever links there are on the way.
//!
//! Each element is opened by itself, without following links; a link is read and taken as more
//! elements. So a link that is swapped in while we walk leads nowhere either. Linux could do this
//! in one call (`openat2`, `RESOLVE_BENEATH`), macOS cannot; one way that works on both is enough.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;

/// How many links a path may pass, as in Linux.
const LINK_LIMIT: usize = 40;

/// Why nothing was opened.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// The way leads out of the folder.
    Outside,
    /// The system refused.
    System(Errno),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

/// Opens `path` below `root` with `flags`, following links that stay inside.
pub(super) fn open_below(
    root: BorrowedFd<'_>,
    path: &str,
    flags: OFlags,
) -> Result<OwnedFd, Refusal> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder_flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folders: Vec<OwnedFd> = Vec::new();
    let mut ahead = elements(OsStr::new(path));
    let mut links = 0;
    while let Some(element) = ahead.pop() {
        if element == ".." {
            folders.pop().ok_or(Refusal::Outside)?;
            continue;
        }
        let here = folders.last().map_or(root, AsFd::as_fd);
        let is_last = ahead.is_empty();
        let wanted = if is_last { flags } else { folder_flags };
        match openat(here, &element, wanted, Mode::empty()) {
            Ok(opened) if is_last => return Ok(opened),
            Ok(folder) => folders.push(folder),
            Err(errno) => {
                let target = link_target(here, &element).ok_or(errno)?;
                links += 1;
                if links > LINK_LIMIT {
                    return Err(Errno::LOOP.into());
                }
                if target.as_bytes().starts_with(b"/") {
                    return Err(Refusal::Outside);
                }
                ahead.extend(elements(&target));
            }
        }
    }
    let here = folders.last().map_or(root, AsFd::as_fd);
    Ok(openat(here, ".", flags, Mode::empty())?)
}

/// Returns the elements of a relative path, the last one first.
fn elements(path: &OsStr) -> Vec<OsString> {
    path.as_bytes()
        .rsplit(|&byte| byte == b'/')
        .filter(|element| !matches!(*element, b"" | b"."))
        .map(|element| OsStr::from_bytes(element).to_owned())
        .collect()
}

fn link_target(folder: BorrowedFd<'_>, name: &OsStr) -> Option<OsString> {
    let target = readlinkat(folder, name, Vec::new()).ok()?;
    Some(OsStr::from_bytes(target.as_bytes()).to_owned())
}
