//! Blobs in the cache folder, by their digest.
//!
//! A blob is checked to the last byte when it is first found in a run, and one that is harmed is
//! removed: it is as if it had never been there. From then on its file stays open, so that it can
//! be read to the end of the run whatever becomes of the folder.

#![expect(
    clippy::disallowed_methods,
    reason = "blobs are files; they come about through temp_file"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, IntoInnerError, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::CacheFolder;
use crate::adapters::cache_files;
use crate::model::{Blob, BlobSource, Descriptor, Digest, Digester, MediaType};
use crate::ports::{BlobStore, BlobWriter};

/// The shelf of blobs in the cache folder.
#[derive(Clone)]
pub struct DiskBlobStore {
    cache: CacheFolder,
    checked: Arc<Mutex<BTreeMap<Digest, CheckedFile>>>,
}

/// A file whose bytes are what its name says.
#[derive(Clone)]
pub(super) struct CheckedFile {
    file: Arc<File>,
    size_bytes: u64,
}

impl DiskBlobStore {
    /// Opens the shelf in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self {
            cache,
            checked: Arc::default(),
        }
    }

    /// Returns the file of `digest`, checked once in this run.
    fn checked(&self, digest: Digest) -> Option<CheckedFile> {
        if let Some(known) = self.known().get(&digest) {
            return Some(known.clone());
        }
        let path = self.cache.blob(&digest);
        match check(&path, digest) {
            Ok(file) => {
                cache_files::note_use(&file.file);
                Some(self.know(digest, file))
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    let _ = fs::remove_file(&path);
                }
                None
            }
        }
    }

    /// Closes the file of `digest`, which nobody reads in this run any more.
    pub(super) fn close(&self, digest: &Digest) {
        self.known().remove(digest);
    }

    fn know(&self, digest: Digest, file: CheckedFile) -> CheckedFile {
        self.known().entry(digest).or_insert(file).clone()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Digest, CheckedFile>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the file at `path` to its end.
pub(super) fn check(path: &Path, expected: Digest) -> io::Result<CheckedFile> {
    let mut file = File::open(path)?;
    let mut digester = Digester::default();
    let size_bytes = io::copy(&mut file, &mut digester)?;
    agree(expected, digester.finish())?;
    Ok(CheckedFile {
        file: Arc::new(file),
        size_bytes,
    })
}

fn agree(expected: Digest, found: Digest) -> io::Result<()> {
    if expected == found {
        return Ok(());
    }
    let message = format!("expected {expected}, found {found}");
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

impl BlobStore for DiskBlobStore {
    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        let file = self.cache.temp_file()?;
        Ok(Box::new(DiskBlobWriter {
            file: BufWriter::new(file),
            digester: Digester::default(),
            store: self.clone(),
        }))
    }

    fn find(&self, descriptor: &Descriptor) -> Option<Blob> {
        let file = self.checked(descriptor.digest)?;
        (file.size_bytes == descriptor.size_bytes)
            .then(|| Blob::new(descriptor.clone(), Arc::new(file)))
    }

    fn read(&self, digest: Digest, limit_bytes: u64) -> Option<Vec<u8>> {
        let file = self
            .checked(digest)
            .filter(|file| file.size_bytes <= limit_bytes)?;
        let mut bytes = Vec::new();
        file.open()
            .and_then(|mut reader| reader.read_to_end(&mut bytes))
            .ok()?;
        Some(bytes)
    }
}

struct DiskBlobWriter {
    file: BufWriter<NamedTempFile>,
    digester: Digester,
    store: DiskBlobStore,
}

impl Write for DiskBlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digester.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl BlobWriter for DiskBlobWriter {
    fn commit(
        self: Box<Self>,
        media_type: MediaType,
        expected: Option<Digest>,
    ) -> io::Result<Blob> {
        let size_bytes = self.digester.size_bytes();
        let digest = self.digester.finish();
        agree(expected.unwrap_or(digest), digest)?;
        let file = self.file.into_inner().map_err(IntoInnerError::into_error)?;
        let file = self.store.cache.keep_blob(file, &digest)?;
        let file = Arc::new(file);
        let file = self.store.know(digest, CheckedFile { file, size_bytes });
        let descriptor = Descriptor {
            media_type,
            digest,
            size_bytes,
        };
        Ok(Blob::new(descriptor, Arc::new(file)))
    }
}

impl BlobSource for CheckedFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.open_at(0)
    }

    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Reader {
            file: Arc::clone(&self.file),
            offset,
        }))
    }
}

/// Reads a file from some place on, whoever else reads it.
struct Reader {
    file: Arc<File>,
    offset: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const HELLO: &[u8] = b"hello";

    fn store(folder: &TempDir) -> DiskBlobStore {
        DiskBlobStore::new(CacheFolder::at(folder.path().join("cache")))
    }

    fn put(store: &DiskBlobStore, bytes: &[u8]) -> Blob {
        let mut writer = store.create().unwrap();
        writer.write_all(bytes).unwrap();
        writer.commit(MediaType::Config, None).unwrap()
    }

    fn bytes_of(blob: &Blob) -> Vec<u8> {
        let mut bytes = Vec::new();
        blob.open().unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn files_below(folder: &Path) -> usize {
        fs::read_dir(folder).map_or(0, Iterator::count)
    }

    #[test]
    fn what_was_committed_is_found_by_the_next_run() {
        let folder = TempDir::new().unwrap();
        let blob = put(&store(&folder), HELLO);
        assert_eq!(blob.descriptor, Descriptor::of(MediaType::Config, HELLO));
        let next = store(&folder);
        assert_eq!(bytes_of(&next.find(&blob.descriptor).unwrap()), HELLO);
        assert_eq!(next.read(blob.descriptor.digest, 5).unwrap(), HELLO);
        assert_eq!(next.read(blob.descriptor.digest, 4), None);
    }

    #[test]
    fn what_was_not_committed_leaves_no_trace() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        store.create().unwrap().write_all(HELLO).unwrap();
        let mut writer = store.create().unwrap();
        writer.write_all(HELLO).unwrap();
        let refused = writer.commit(MediaType::Config, Some(Digest::of(b"other")));
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(files_below(&store.cache.path().join("tmp")), 0);
        assert_eq!(files_below(&store.cache.path().join("blobs/sha256")), 0);
    }

    #[test]
    fn a_blob_that_is_harmed_is_as_if_it_were_not_there() {
        let folder = TempDir::new().unwrap();
        for harm in [b"hell".as_slice(), b"hellO", b""] {
            let blob = put(&store(&folder), HELLO);
            let path = store(&folder).cache.blob(&blob.descriptor.digest);
            fs::write(&path, harm).unwrap();
            assert!(store(&folder).find(&blob.descriptor).is_none());
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_descriptor_that_lies_harms_no_blob() {
        let folder = TempDir::new().unwrap();
        let descriptor = put(&store(&folder), HELLO).descriptor;
        let lie = Descriptor {
            size_bytes: 6,
            ..descriptor.clone()
        };
        let store = store(&folder);
        assert!(store.find(&lie).is_none());
        assert!(store.find(&descriptor).is_some());
    }

    #[test]
    fn a_blob_can_be_read_to_the_end_of_the_run_though_the_cache_is_deleted() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        let blob = put(&store, HELLO);
        fs::remove_dir_all(store.cache.path()).unwrap();
        assert_eq!(bytes_of(&blob), HELLO);
        assert_eq!(bytes_of(&put(&store, b"next")), b"next");
    }

    #[test]
    fn a_blob_is_kept_though_the_cache_is_deleted_while_it_is_written() {
        let folder = TempDir::new().unwrap();
        let store = store(&folder);
        let mut writer = store.create().unwrap();
        writer.write_all(HELLO).unwrap();
        fs::remove_dir_all(store.cache.path()).unwrap();
        let blob = writer.commit(MediaType::Config, None).unwrap();
        assert_eq!(bytes_of(&blob), HELLO);
        let path = store.cache.blob(&blob.descriptor.digest);
        assert_eq!(fs::read(path).unwrap(), HELLO);
        assert_eq!(files_below(&store.cache.path().join("tmp")), 0);
    }

    #[test]
    fn the_cache_grows_by_blobs_that_it_had_not() {
        let folder = TempDir::new().unwrap();
        let first = store(&folder);
        put(&first, HELLO);
        assert!(first.cache.has_grown());
        let next = store(&folder);
        put(&next, HELLO);
        assert!(!next.cache.has_grown());
    }
}
