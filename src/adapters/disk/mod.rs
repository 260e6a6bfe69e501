//! The local disk: the source tree, the blob store in the cache folder, archives, layouts and plain
//! programs.

mod archive;
mod attested_shelf;
mod blob_places;
mod blob_store;
mod bundle_file;
mod bundle_shelf;
mod bundled_blobs;
mod cache;
mod cache_shelf;
mod config_file;
mod confined;
mod document_file;
mod head_shelf;
mod history_file;
mod image_file;
mod inventory_shelf;
mod layout;
mod machine_probe;
mod memo_shelf;
mod module_cache;
mod module_verifier;
mod module_zip;
mod module_zips;
mod output_error;
mod program_error;
mod program_file;
mod program_folder;
mod project_location;
mod publisher;
mod scratch;
mod sealed_json;
mod source_tree;
mod temp_file;
mod tree_copy;
mod verdict_shelf;
mod zip_writer;

pub use attested_shelf::DiskAttestedShelf;
pub use blob_places::DiskBlobPlaces;
pub use blob_store::DiskBlobStore;
pub use bundle_file::DiskBundleSink;
pub use bundle_shelf::{BundleShelf, UnpackedBundle, open_bundle, seal_path};
pub use bundled_blobs::BundledBlobs;
pub use cache::{CacheFolder, TrimLock};
pub use cache_shelf::DiskCacheShelf;
pub use config_file::{
    read_certificates, read_config, read_go_env, write_config, write_version_file,
};
pub use document_file::{write_document, write_page};
pub use head_shelf::DiskHeadShelf;
pub use history_file::DiskHistory;
pub use image_file::ImageFile;
pub use inventory_shelf::DiskInventoryShelf;
pub use machine_probe::DiskProbe;
pub use memo_shelf::DiskMemoShelf;
pub use module_cache::ModuleCache;
pub use module_verifier::DiskModuleVerifier;
pub use module_zips::DiskModuleZips;
pub use program_file::read_program;
pub use program_folder::ProgramFolder;
pub use project_location::{ProjectLocation, ProjectRequest, find_config, find_project};
pub use publisher::DiskPublisher;
pub use scratch::DiskScratch;
pub use source_tree::DiskTree;
pub use tree_copy::TreeCopy;
pub use verdict_shelf::DiskVerdictShelf;
