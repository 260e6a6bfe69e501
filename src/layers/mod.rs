//! Files to layers, and back.
//!
//! In: entries with path, mode, owner and content. Out: a repeatable tar, compressed, as a blob
//! with its diff id; of the layers of others their entries, one by one, within limits. The
//! invariant: the same entries give the same bytes, on any machine and with any number of threads,
//! and no layer is ever held in memory. Knows nothing of Go or registries.

mod gzip;
mod header;
mod layer;
mod layer_error;
mod layer_reader;
mod layer_writer;
#[cfg(test)]
mod sample;
mod stored_layer;
mod tar;
mod tar_entry;
mod tar_error;
mod tar_gz;
mod tar_header;
mod tar_reader;
mod zstd;

pub use layer::Layer;
pub use layer_error::{FoundBytes, LayerError};
pub use layer_reader::read_file;
pub use layer_writer::LayerWriter;
pub use stored_layer::{StoredLayerError, VisitEntry, WalkedLayer, walk_layer};
pub use tar::write_tar;
pub use tar_entry::{TarEntry, TarKind, Whiteout};
pub use tar_error::TarError;
pub use tar_gz::write_tar_gz;
pub use tar_reader::TarReader;
