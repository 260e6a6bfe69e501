//! Programs made smaller.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{BlobSource, BuildError};

/// Packs programs so that they unpack themselves when they are run.
pub trait Packer: Sync {
    /// Packs `program`, in at most `time_limit`; `name` is what it is called.
    ///
    /// # Errors
    /// When the packer cannot be started, or the run is told to stop.
    fn pack(
        &self,
        program: &dyn BlobSource,
        name: &str,
        time_limit: Duration,
    ) -> Result<Packing, BuildError>;
}

/// What came of packing a program.
pub enum Packing {
    /// It is smaller now.
    Packed {
        /// Its bytes, which stay there as long as this value does.
        program: Arc<dyn BlobSource>,
        /// The number of its bytes.
        size_bytes: u64,
    },
    /// It stays as it was; this is why.
    AsItWas(String),
}
