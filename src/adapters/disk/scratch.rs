//! Files of a moment, in the cache folder.

use std::io;

use super::CacheFolder;
use crate::ports::{Scratch, ScratchFile};

/// Gives files that lie beside blobs that are not there yet.
pub struct DiskScratch(CacheFolder);

impl DiskScratch {
    /// Takes room in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self(cache)
    }
}

impl Scratch for DiskScratch {
    fn file(&self) -> io::Result<Box<dyn ScratchFile>> {
        Ok(Box::new(self.0.temp_file()?))
    }
}
