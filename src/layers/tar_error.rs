//! Why the tars of others are not read.

use std::io;

use crate::model::limits;

/// Why bytes are not read as a tar.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// They are something else.
    #[error("it is not a tar: the block at byte {0} is no header")]
    NotTar(u64),
    /// A header says what none may say.
    #[error("the header of the entry at byte {0} cannot be read")]
    Header(u64),
    /// They end too early.
    #[error("it is cut off after byte {0}")]
    Truncated(u64),
    /// A file with holes, which layers do not hold.
    #[error("{0:?} is a sparse file, which no layer may hold")]
    Sparse(String),
    /// A name is longer than any system takes.
    #[error("a name is longer than {limit} bytes", limit = limits::TAR_NAME_BYTES)]
    LongName,
    /// The header of an entry is longer than any system writes.
    #[error("the header of an entry is longer than {limit} bytes", limit = limits::TAR_EXTENSION_BYTES)]
    LongHeader,
    /// There are too many entries.
    #[error("it has more than {limit} entries", limit = limits::TAR_ENTRIES)]
    Entries,
    /// It is too long.
    #[error("it is longer than {limit} bytes", limit = limits::LAYER_TAR_BYTES)]
    Long,
    /// The medium fails.
    #[error(transparent)]
    Io(#[from] io::Error),
}
