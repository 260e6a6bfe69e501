//! The local disk: the source tree, and the blob store in the cache folder.

mod blob_store;
mod cache;
mod confined;
mod project_location;
mod source_tree;
mod temp_file;

pub use blob_store::DiskBlobStore;
pub use cache::CacheFolder;
pub use project_location::{ProjectLocation, ProjectRequest, find_project};
pub use source_tree::DiskTree;
