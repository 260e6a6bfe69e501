//! The files that coracle.toml wants copied: from the source tree to entries of a layer.
//!
//! What is copied is predictable: nothing outside the project, no link that would point into the
//! void, nothing that is not a file, folder or link, and never `.git`, which differs between two
//! checkouts of one commit, nor what coracle itself writes, which differs between two runs.

mod copied_file;
mod glob;
mod links;
mod origin;
mod own_outputs;
mod walk;

pub use copied_file::{CopiedFile, copied_files};
pub(super) use glob::Glob;
pub use own_outputs::OwnOutputs;
pub(super) use walk::{Pick, Walked, walk};
