//! Two images to the differences between them, the most significant cause first.
//!
//! In: what two images say of themselves, the files that their layers hold, and the bytes of those
//! that are not alike. Out: a list of typed differences, ranked by what caused them. The invariant:
//! what has two digests has at least one difference. Nothing is fetched or kept here: layers pass
//! by, and of their files no more stays than a digest.

mod bytes;
mod cause;
mod comparison;
mod contents;
mod difference;
mod files;
mod hints;
mod json;
mod layer_files;
mod layer_pairs;
mod pairs;
mod programs;
mod settings;

pub use bytes::{ByteDifference, ByteRange, SectionDifference};
pub use cause::Cause;
pub use comparison::{ComparedImage, Comparison, DifferenceList, Omission};
pub use contents::{ReadSeek, content_differences};
pub use difference::Difference;
pub use files::{ContentChange, FileComparison, compare_files};
pub use hints::Origin;
pub use layer_files::LayerFiles;
pub use layer_pairs::{ComparedLayer, LayerPairs, layer_differences, pair_layers};
pub use pairs::pair_platforms;
pub use settings::{StoredJson, config_differences, index_differences, manifest_differences};
