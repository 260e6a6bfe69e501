//! Blobs of bases that a bundle has, behind those of the cache folder.

#![expect(clippy::disallowed_methods, reason = "a layout is a folder")]

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use super::DiskBlobStore;
use crate::model::{Blob, Descriptor, Digest, MediaType};
use crate::ports::{BlobStore, BlobWriter};

/// A store that finds in a layout what is not in it. What is found comes into the store, where its digest
/// is compared.
pub struct BundledBlobs {
    store: DiskBlobStore,
    layout: Option<PathBuf>,
}

impl BundledBlobs {
    /// Puts `layout`, an OCI layout, behind `store`; without one there is nothing behind it.
    pub fn new(store: DiskBlobStore, layout: Option<PathBuf>) -> Self {
        Self { store, layout }
    }

    /// Brings the blob of `digest` into the store; what has another is not kept.
    fn bring(&self, digest: Digest, media_type: MediaType, limit_bytes: u64) -> Option<Blob> {
        let layout = self.layout.as_ref()?;
        let path = layout.join("blobs/sha256").join(digest.to_hex());
        let brought = File::open(path).and_then(|file| {
            let mut writer = self.store.create()?;
            io::copy(&mut file.take(limit_bytes), &mut writer)?;
            writer.commit(media_type, Some(digest))
        });
        brought.ok()
    }
}

impl BlobStore for BundledBlobs {
    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        self.store.create()
    }

    fn find(&self, descriptor: &Descriptor) -> Option<Blob> {
        let Descriptor {
            media_type,
            digest,
            size_bytes,
        } = descriptor.clone();
        self.store.find(descriptor).or_else(|| {
            let blob = self.bring(digest, media_type, size_bytes)?;
            (blob.descriptor.size_bytes == size_bytes).then_some(blob)
        })
    }

    fn read(&self, digest: Digest, limit_bytes: u64) -> Option<Vec<u8>> {
        let stored = self.store.read(digest, limit_bytes);
        stored.or_else(|| {
            let kind = MediaType::Other("application/octet-stream".to_owned());
            self.bring(digest, kind, limit_bytes)?;
            self.store.read(digest, limit_bytes)
        })
    }
}
