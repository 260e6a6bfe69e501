//! Where bytes are kept by their digest while, and after, an image is made.

use std::io::{self, Write};

use crate::model::{Blob, Descriptor, Digest, MediaType};

/// A shelf of blobs. What was not committed leaves no trace.
pub trait BlobStore: Sync {
    /// Begins a blob whose digest is not known yet.
    ///
    /// # Errors
    /// When the medium takes no more.
    fn create(&self) -> io::Result<Box<dyn BlobWriter>>;

    /// Returns the blob that `descriptor` names, when it is here whole and unharmed.
    fn find(&self, descriptor: &Descriptor) -> Option<Blob>;

    /// Returns the bytes that `digest` names, when they are here whole and unharmed, and at most
    /// `limit_bytes`: for manifests and configs whose size nobody told.
    fn read(&self, digest: Digest, limit_bytes: u64) -> Option<Vec<u8>>;
}

/// A blob that is being written.
pub trait BlobWriter: Write + Send {
    /// Keeps what was written, under the digest of it.
    ///
    /// # Errors
    /// When the medium fails, or `expected` is given and is not the digest of what was written.
    fn commit(self: Box<Self>, media_type: MediaType, expected: Option<Digest>)
    -> io::Result<Blob>;
}

#[cfg(test)]
pub(crate) mod in_memory {
    //! A shelf for tests of stages.

    use std::collections::BTreeMap;
    use std::io::{self, Read as _, Write};
    use std::sync::{Arc, Mutex};

    use super::{BlobStore, BlobWriter};
    use crate::model::{Blob, Descriptor, Digest, MediaType};

    type Shelf = Arc<Mutex<BTreeMap<Digest, Blob>>>;

    /// Keeps blobs in memory.
    #[derive(Default)]
    pub(crate) struct MemoryStore(Shelf);

    struct MemoryWriter(Vec<u8>, Shelf);

    impl MemoryStore {
        pub(crate) fn len(&self) -> usize {
            self.0.lock().unwrap().len()
        }
    }

    impl BlobStore for MemoryStore {
        fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
            Ok(Box::new(MemoryWriter(Vec::new(), Arc::clone(&self.0))))
        }

        fn find(&self, descriptor: &Descriptor) -> Option<Blob> {
            self.0.lock().unwrap().get(&descriptor.digest).cloned()
        }

        fn read(&self, digest: Digest, limit_bytes: u64) -> Option<Vec<u8>> {
            let blob = self.0.lock().unwrap().get(&digest)?.clone();
            let mut bytes = Vec::new();
            blob.open().unwrap().read_to_end(&mut bytes).unwrap();
            (bytes.len() as u64 <= limit_bytes).then_some(bytes)
        }
    }

    impl Write for MemoryWriter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl BlobWriter for MemoryWriter {
        fn commit(
            self: Box<Self>,
            media_type: MediaType,
            expected: Option<Digest>,
        ) -> io::Result<Blob> {
            let blob = Blob::of_bytes(media_type, self.0);
            let digest = blob.descriptor.digest;
            if expected.is_some_and(|expected| expected != digest) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.1.lock().unwrap().insert(digest, blob.clone());
            Ok(blob)
        }
    }
}
