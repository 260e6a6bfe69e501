//! The local disk: the source tree.

mod confined;
mod project_location;
mod source_tree;

pub use project_location::{ProjectLocation, ProjectRequest, find_project};
pub use source_tree::DiskTree;
