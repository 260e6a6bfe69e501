//! A source tree in memory, for tests.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::{EntryKind, FileStamp, Listing, SourceEntry, SourceTree, SourceTreeError, StampedFile};
use crate::model::{BlobSource, SourcePath};

/// Files, links and whatever else by path; folders are there because something lies in them.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryTree {
    entries: BTreeMap<SourcePath, (EntryKind, Vec<u8>)>,
    not_utf8: BTreeMap<SourcePath, Vec<String>>,
}

impl MemoryTree {
    pub(crate) fn of_files(files: &[(&str, &str)]) -> Self {
        let tree = Self::default();
        files
            .iter()
            .fold(tree, |tree, (path, text)| tree.file(path, text))
    }

    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let bytes = text.as_ref().to_vec();
        let kind = EntryKind::File {
            size_bytes: bytes.len() as u64,
            executable: path.contains("bin/"),
        };
        self.with(path, kind, bytes)
    }

    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        self.with(path, EntryKind::Symlink(target.to_owned()), Vec::new())
    }

    pub(crate) fn folder(self, path: &str) -> Self {
        self.with(path, EntryKind::Folder, Vec::new())
    }

    pub(crate) fn socket(self, path: &str) -> Self {
        self.with(path, EntryKind::Special("socket"), Vec::new())
    }

    pub(crate) fn not_utf8(mut self, folder: &str, name: &str) -> Self {
        let folder = folder.parse().unwrap();
        self.not_utf8
            .entry(folder)
            .or_default()
            .push(name.to_owned());
        self
    }

    fn with(mut self, path: &str, kind: EntryKind, bytes: Vec<u8>) -> Self {
        let path: SourcePath = path.parse().unwrap();
        for folder in std::iter::successors(path.parent(), SourcePath::parent) {
            self.entries
                .entry(folder)
                .or_insert((EntryKind::Folder, Vec::new()));
        }
        self.entries.insert(path, (kind, bytes));
        self
    }

    /// Returns where `path` leads once links are followed, also those on the way.
    fn resolve(&self, path: &SourcePath) -> Result<SourcePath, SourceTreeError> {
        let mut here = SourcePath::root();
        for name in path.as_str().split('/').filter(|name| !name.is_empty()) {
            let mut next = here.join(name).unwrap();
            while let Some((EntryKind::Symlink(target), _)) = self.entries.get(&next) {
                let folder = next.parent().unwrap_or_default();
                next = folder
                    .join(target)
                    .map_err(|_| SourceTreeError::Outside(path.clone()))?;
            }
            here = next;
        }
        Ok(here)
    }

    fn bytes(&self, path: &SourcePath) -> Result<&[u8], SourceTreeError> {
        match self.entries.get(&self.resolve(path)?) {
            Some((EntryKind::File { .. }, bytes)) => Ok(bytes),
            Some(_) => Err(SourceTreeError::WrongKind {
                path: path.clone(),
                expected: "file",
            }),
            None => Err(SourceTreeError::Missing(path.clone())),
        }
    }
}

impl SourceTree for MemoryTree {
    fn entry(&self, path: &SourcePath) -> Result<SourceEntry, SourceTreeError> {
        let folder = path
            .parent()
            .map(|folder| self.resolve(&folder))
            .transpose()?;
        let actual = folder
            .and_then(|folder| folder.join(path.file_name()).ok())
            .unwrap_or_default();
        match self.entries.get(&actual) {
            Some((kind, _)) => Ok(SourceEntry {
                path: path.clone(),
                kind: kind.clone(),
            }),
            None => Err(SourceTreeError::Missing(path.clone())),
        }
    }

    fn list(&self, path: &SourcePath) -> Result<Listing, SourceTreeError> {
        let folder = self.resolve(path)?;
        match self.entries.get(&folder) {
            Some((EntryKind::Folder, _)) => {}
            Some(_) => {
                return Err(SourceTreeError::WrongKind {
                    path: path.clone(),
                    expected: "folder",
                });
            }
            None => return Err(SourceTreeError::Missing(path.clone())),
        }
        let inside = self
            .entries
            .iter()
            .filter(|(entry, _)| entry.parent().as_ref() == Some(&folder));
        Ok(Listing {
            entries: inside
                .map(|(entry, (kind, _))| SourceEntry {
                    path: path.join(entry.file_name()).unwrap(),
                    kind: kind.clone(),
                })
                .collect(),
            not_utf8: self.not_utf8.get(&folder).cloned().unwrap_or_default(),
        })
    }

    fn read(&self, path: &SourcePath, limit_bytes: u64) -> Result<Vec<u8>, SourceTreeError> {
        match self.bytes(path)? {
            bytes if bytes.len() as u64 > limit_bytes => Err(SourceTreeError::TooLong {
                path: path.clone(),
                limit_bytes,
            }),
            bytes => Ok(bytes.to_vec()),
        }
    }

    fn open(&self, path: &SourcePath) -> Result<Arc<dyn BlobSource>, SourceTreeError> {
        Ok(Arc::new(MemoryFile(self.bytes(path)?.into())))
    }

    /// Nothing changes in memory.
    fn open_stamped(&self, path: &SourcePath) -> Result<StampedFile, SourceTreeError> {
        let stamp = FileStamp {
            file: (0, 0),
            changed: (0, 0),
        };
        Ok((stamp, Box::new(Cursor::new(self.bytes(path)?.to_vec()))))
    }
}

struct MemoryFile(Arc<[u8]>);

impl BlobSource for MemoryFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(Arc::clone(&self.0))))
    }
}
