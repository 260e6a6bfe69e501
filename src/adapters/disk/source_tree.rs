//! The user's source on the disk.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat,
};
use rustix::io::Errno;

use super::confined::{Refusal, open_below};
use crate::model::{BlobSource, SourcePath};
use crate::ports::{
    EntryKind, FileStamp, Listing, SourceEntry, SourceTree, SourceTreeError, StampedFile,
};

/// A folder on the disk and what lies below it.
#[derive(Debug, Clone)]
pub struct DiskTree {
    root: Arc<OwnedFd>,
}

impl DiskTree {
    /// Opens the folder `root`.
    ///
    /// # Errors
    /// When it is no folder or may not be read.
    pub fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(CWD, root, flags, Mode::empty())?;
        Ok(Self {
            root: Arc::new(root),
        })
    }

    fn open_folder(&self, path: &SourcePath) -> Result<OwnedFd, SourceTreeError> {
        open_below(self.root.as_fd(), path.as_str(), OFlags::DIRECTORY)
            .map_err(|refusal| error_at(path, refusal, "folder"))
    }

    fn open_file(&self, path: &SourcePath) -> Result<File, SourceTreeError> {
        // A FIFO would otherwise be waited for.
        let opened = open_below(self.root.as_fd(), path.as_str(), OFlags::NONBLOCK)
            .map_err(|refusal| error_at(path, refusal, "file"))?;
        let stat = fstat(&opened).map_err(|errno| error_at(path, errno.into(), "file"))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(File::from(opened)),
            _ => Err(SourceTreeError::WrongKind {
                path: path.clone(),
                expected: "file",
            }),
        }
    }
}

impl SourceTree for DiskTree {
    fn entry(&self, path: &SourcePath) -> Result<SourceEntry, SourceTreeError> {
        let Some(parent) = path.parent() else {
            return Ok(SourceEntry {
                path: path.clone(),
                kind: EntryKind::Folder,
            });
        };
        let folder = self.open_folder(&parent).map_err(|error| match error {
            SourceTreeError::WrongKind { .. } => SourceTreeError::Missing(path.clone()),
            other => other,
        })?;
        entry_in(&folder, path).map_err(|errno| error_at(path, errno.into(), "folder"))
    }

    fn list(&self, path: &SourcePath) -> Result<Listing, SourceTreeError> {
        let folder = self.open_folder(path)?;
        let failed = |errno: Errno| error_at(path, errno.into(), "folder");
        let mut listing = Listing::default();
        for read in Dir::read_from(&folder).map_err(failed)? {
            let read = read.map_err(failed)?;
            let Ok(name) = read.file_name().to_str() else {
                let shown = read.file_name().to_string_lossy().into_owned();
                listing.not_utf8.push(shown);
                continue;
            };
            if matches!(name, "." | "..") {
                continue;
            }
            let entry_path = child(path, name);
            match entry_in(&folder, &entry_path) {
                Ok(entry) => listing.entries.push(entry),
                // It went between the two calls.
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(error_at(&entry_path, errno.into(), "folder")),
            }
        }
        listing.entries.sort_by(|a, b| a.path.cmp(&b.path));
        listing.not_utf8.sort();
        Ok(listing)
    }

    fn read(&self, path: &SourcePath, limit_bytes: u64) -> Result<Vec<u8>, SourceTreeError> {
        let mut bytes = Vec::new();
        self.open_file(path)?
            .take(limit_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| SourceTreeError::Io {
                path: path.clone(),
                source,
            })?;
        if bytes.len() as u64 > limit_bytes {
            return Err(SourceTreeError::TooLong {
                path: path.clone(),
                limit_bytes,
            });
        }
        Ok(bytes)
    }

    fn open_stamped(&self, path: &SourcePath) -> Result<StampedFile, SourceTreeError> {
        let file = self.open_file(path)?;
        let metadata = file.metadata().map_err(|source| SourceTreeError::Io {
            path: path.clone(),
            source,
        })?;
        let stamp = FileStamp {
            file: (metadata.dev(), metadata.ino()),
            changed: (metadata.ctime(), metadata.ctime_nsec().unsigned_abs()),
        };
        Ok((stamp, Box::new(file)))
    }

    fn open(&self, path: &SourcePath) -> Result<Arc<dyn BlobSource>, SourceTreeError> {
        self.open_file(path)?;
        Ok(Arc::new(TreeFile {
            tree: self.clone(),
            path: path.clone(),
        }))
    }
}

/// A file of the tree, looked up anew each time, so that no handle is kept.
struct TreeFile {
    tree: DiskTree,
    path: SourcePath,
}

impl BlobSource for TreeFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let file = self.tree.open_file(&self.path).map_err(io::Error::other)?;
        Ok(Box::new(file))
    }
}

/// Names something in a folder; what the system calls a name has no `/` and is neither `.` nor `..`.
fn child(folder: &SourcePath, name: &str) -> SourcePath {
    folder.join(name).unwrap_or_default()
}

fn entry_in(folder: &OwnedFd, path: &SourcePath) -> Result<SourceEntry, Errno> {
    let name = path.file_name();
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => file(&stat),
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => readlinkat(folder, name, Vec::new())?.into_string().map_or(
            EntryKind::Special("link whose text is not UTF-8"),
            EntryKind::Symlink,
        ),
        FileType::Socket => EntryKind::Special("socket"),
        FileType::Fifo => EntryKind::Special("FIFO"),
        _ => EntryKind::Special("device"),
    };
    Ok(SourceEntry {
        path: path.clone(),
        kind,
    })
}

fn file(stat: &Stat) -> EntryKind {
    EntryKind::File {
        size_bytes: stat.st_size.try_into().unwrap_or_default(),
        executable: stat.st_mode & 0o100 != 0,
    }
}

fn error_at(path: &SourcePath, refusal: Refusal, expected: &'static str) -> SourceTreeError {
    let path = path.clone();
    match refusal {
        Refusal::Outside => SourceTreeError::Outside(path),
        Refusal::System(Errno::NOTDIR) if expected == "folder" => {
            SourceTreeError::WrongKind { path, expected }
        }
        Refusal::System(Errno::NOENT | Errno::NOTDIR) => SourceTreeError::Missing(path),
        Refusal::System(errno) => SourceTreeError::Io {
            path,
            source: errno.into(),
        },
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make files")]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;

    use super::*;

    /// A tree in `inner`, with something beside it that no path may reach.
    fn tree() -> (TempDir, DiskTree) {
        let outer = TempDir::new().unwrap();
        let root = outer.path().join("inner");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/file"), "text").unwrap();
        fs::write(outer.path().join("secret"), "secret").unwrap();
        let tree = DiskTree::open(&root).unwrap();
        (outer, tree)
    }

    fn path(text: &str) -> SourcePath {
        text.parse().unwrap()
    }

    #[test]
    fn links_are_followed_as_long_as_they_stay_inside() {
        let (outer, tree) = tree();
        let root = outer.path().join("inner");
        symlink("../a/b/../b", root.join("a/link")).unwrap();
        symlink("link/file", root.join("a/second")).unwrap();
        symlink(".", root.join("here")).unwrap();
        for inside in ["a/b/file", "a/link/file", "a/second", "here/a/second"] {
            assert_eq!(tree.read(&path(inside), 10).unwrap(), b"text", "{inside}");
        }
        assert_eq!(tree.list(&path("a/link")).unwrap().entries.len(), 1);
        assert_eq!(tree.list(&path("here")).unwrap().entries.len(), 2);
    }

    #[test]
    fn no_link_leads_out() {
        let (outer, tree) = tree();
        let root = outer.path().join("inner");
        let absolute = outer.path().join("secret");
        symlink("../secret", root.join("up")).unwrap();
        symlink("a/b/../../../secret", root.join("winding")).unwrap();
        symlink(&absolute, root.join("absolute")).unwrap();
        symlink("..", root.join("parent")).unwrap();
        symlink("up", root.join("second")).unwrap();
        for outside in ["up", "winding", "absolute", "parent/secret", "second"] {
            let error = tree.read(&path(outside), 10).unwrap_err();
            assert!(
                matches!(error, SourceTreeError::Outside(_)),
                "{outside}: {error}"
            );
        }
        assert!(tree.list(&path("parent")).is_err());
        assert!(tree.open(&path("up")).is_err());
    }

    #[test]
    fn links_in_a_circle_end() {
        let (outer, tree) = tree();
        symlink("circle", outer.path().join("inner/circle")).unwrap();
        assert!(tree.read(&path("circle"), 10).is_err());
    }

    #[test]
    fn a_file_that_becomes_a_link_is_not_followed_out() {
        let (outer, tree) = tree();
        let source = tree.open(&path("a/b/file")).unwrap();
        let file = outer.path().join("inner/a/b/file");
        fs::remove_file(&file).unwrap();
        symlink("../../../secret", &file).unwrap();
        assert!(source.open().is_err());
    }

    #[test]
    fn entries_are_what_they_are() {
        let (outer, tree) = tree();
        let folder = outer.path().join("inner/a");
        let _socket = UnixListener::bind(folder.join("socket")).unwrap();
        symlink("nowhere", folder.join("link")).unwrap();
        fs::write(folder.join(OsStr::from_bytes(b"\xff")), "").unwrap();
        let listing = tree.list(&path("a")).unwrap();
        let kinds: Vec<EntryKind> = listing.entries.into_iter().map(|e| e.kind).collect();
        assert_eq!(
            kinds,
            [
                EntryKind::Folder,
                EntryKind::Symlink("nowhere".to_owned()),
                EntryKind::Special("socket")
            ]
        );
        assert_eq!(listing.not_utf8, ["\u{fffd}"]);
    }

    #[test]
    fn what_cannot_be_had_is_told_apart() {
        let (_outer, tree) = tree();
        let read = |text: &str| tree.read(&path(text), 3).unwrap_err().to_string();
        assert_eq!(read("a/none"), "a/none does not exist");
        assert_eq!(read("a/b/file/x"), "a/b/file/x does not exist");
        assert_eq!(read("a"), "a is not a file");
        assert_eq!(read("a/b/file"), "a/b/file is longer than 3 bytes");
        let list = |text: &str| tree.list(&path(text)).unwrap_err().to_string();
        assert_eq!(list("a/b/file"), "a/b/file is not a folder");
        assert!(tree.entry(&path("a/b/file/x")).is_err());
    }
}
