//! Bytes with a digest that can be read as often as needed.

use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::{Descriptor, MediaType};

/// Where a blob's bytes are; each call gives a fresh reader from the first byte.
pub trait BlobSource: Send + Sync {
    /// Opens the bytes.
    ///
    /// # Errors
    /// Whatever the medium says: a file that is gone, a disk that fails.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;

    /// Opens the bytes from the one at `offset` on. Whoever can go there need not read what comes before.
    ///
    /// # Errors
    /// As for [`BlobSource::open`].
    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut reader = self.open()?;
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
        Ok(reader)
    }

    /// Brings bytes that are far away near, so that opening them takes no time; `moved` hears how
    /// many have come. Bytes that are near need nothing.
    ///
    /// # Errors
    /// As for [`BlobSource::open`].
    fn fetch(&self, _moved: &dyn Fn(u64)) -> io::Result<()> {
        Ok(())
    }
}

/// A blob: its descriptor, and bytes that can be opened again for each retry and each sink.
#[derive(Clone)]
pub struct Blob {
    /// The type, digest and size of the bytes.
    pub descriptor: Descriptor,
    source: Arc<dyn BlobSource>,
}

impl Blob {
    /// Names the bytes of `source`, which are what `descriptor` says.
    pub fn new(descriptor: Descriptor, source: Arc<dyn BlobSource>) -> Self {
        Self { descriptor, source }
    }

    /// Holds small `bytes` in memory: a config or a manifest, never a layer.
    pub fn of_bytes(media_type: MediaType, bytes: Vec<u8>) -> Self {
        Self::new(
            Descriptor::of(media_type, &bytes),
            Arc::new(Arc::<[u8]>::from(bytes)),
        )
    }

    /// Names bytes that are not here, and are not needed: whoever has them already is told no more
    /// than what they are called. To open them is an error.
    pub fn elsewhere(descriptor: Descriptor) -> Self {
        Self::new(descriptor, Arc::new(Elsewhere))
    }

    /// Names bytes that are part of the program.
    pub fn of_static(descriptor: Descriptor, bytes: &'static [u8]) -> Self {
        Self::new(descriptor, Arc::new(bytes))
    }

    /// Returns the same bytes under OCI's name of their type.
    #[must_use]
    pub fn into_oci(mut self) -> Self {
        self.descriptor.media_type = self.descriptor.media_type.to_oci();
        self
    }

    /// Returns where the bytes are.
    pub fn source(&self) -> Arc<dyn BlobSource> {
        Arc::clone(&self.source)
    }

    /// Opens the bytes from the first one.
    ///
    /// # Errors
    /// Those of the blob's source.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.source.open()
    }

    /// Brings the bytes near, as [`BlobSource::fetch`] does.
    ///
    /// # Errors
    /// Those of the blob's source.
    pub fn fetch(&self, moved: &dyn Fn(u64)) -> io::Result<()> {
        self.source.fetch(moved)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blob").field(&self.descriptor).finish()
    }
}

struct Elsewhere;

impl BlobSource for Elsewhere {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl BlobSource for Arc<[u8]> {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(Self::clone(self))))
    }
}

impl BlobSource for &'static [u8] {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(*self))
    }
}
