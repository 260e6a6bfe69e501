//! The images that YAML and JSON documents name.
//!
//! In: the bytes of a manifest. Out: its documents, with the scalars in them that are references to
//! images that are built (`ko://…`, `coracle://NAME`), and the bytes of a document with some of these
//! scalars replaced. The invariant: only the bytes of replaced scalars change, and
//! they stay scalars of the same style; documents put one after the other are the file. Manifests are
//! read as a stream of events, so that no alias is ever followed, and a bomb of anchors stays small.

mod block_scalar;
mod document;
mod error;
mod outline;
mod position;
mod reader;
mod reference;
mod scalar;
mod selector;
#[cfg(test)]
mod tests;

pub use document::{Document, DocumentKind, ManifestObject};
pub use error::ManifestError;
pub use position::Position;
pub use reader::Manifest;
pub use reference::{BuiltReference, ReferenceFault};
pub use scalar::{Change, Scalar};
pub use selector::{Selector, SelectorError};
