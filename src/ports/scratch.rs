//! Room for bytes that are needed for a moment, and are too many for memory.

use std::io::{self, Read, Seek, Write};

/// Gives files that nobody else sees.
pub trait Scratch: Sync {
    /// Returns an empty file, which is gone when it is dropped.
    ///
    /// # Errors
    /// When the medium takes no more.
    fn file(&self) -> io::Result<Box<dyn ScratchFile>>;
}

/// A file that can be written, and read anywhere.
pub trait ScratchFile: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> ScratchFile for T {}
