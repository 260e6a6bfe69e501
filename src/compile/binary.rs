//! What the compiler made.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use super::{BuildInfo, Sources};
use crate::model::BlobSource;
use crate::plan::Target;

/// A static program, checked: it is for its platform, needs no interpreter, and holds no path of
/// the machine that made it.
#[derive(Clone)]
pub struct Binary {
    /// What it was made of, and for what.
    pub target: Target,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// How long it took, from the start of its `go build`.
    pub duration: Duration,
    /// What the linker wrote into it.
    pub info: Arc<BuildInfo>,
    /// What it was compiled from.
    pub sources: Sources,
    /// Its bytes, which stay there as long as this value does.
    pub source: Arc<dyn BlobSource>,
}

impl Binary {
    /// Opens the bytes from the first one.
    ///
    /// # Errors
    /// When the file is gone or the disk fails.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.source.open()
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binary")
            .field("target", &self.target)
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}
