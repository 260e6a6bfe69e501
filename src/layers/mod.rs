//! Files to layers.
//!
//! In: entries with path, mode, owner and content. Out: a repeatable tar, compressed, as a blob
//! with its diff id. The invariant: the same entries give the same bytes, on any machine and with
//! any number of threads, and no layer is ever held in memory. Knows nothing of Go or registries.

mod gzip;
mod header;
mod layer;
mod layer_error;
mod layer_reader;
mod layer_writer;
#[cfg(test)]
mod sample;
mod tar;
mod zstd;

pub use layer::Layer;
pub use layer_error::{FoundBytes, LayerError};
pub use layer_reader::{open_tar, read_file};
pub use layer_writer::LayerWriter;
pub use tar::write_tar;
