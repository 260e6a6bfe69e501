//! What the pipeline asks of the world, one trait a file.
//!
//! Ports are synchronous and speak in values of `model` and of the stages. The ports that stages
//! themselves read through (`source_tree`, `git`, `blob_store`, `event_sink`, `clock`) know `model` alone.
//! Nothing here acts: adapters do, and each port has a small honest double in its file's tests or
//! in `tests/`.

mod attested_shelf;
mod base_source;
mod blob_places;
mod blob_store;
mod builder;
mod bundle_sink;
mod cache_shelf;
mod clock;
mod deployer;
mod event_sink;
mod git;
mod go_inspector;
mod head_shelf;
mod history_shelf;
mod image_reader;
mod inventory_shelf;
mod machine_probe;
mod memo_shelf;
#[cfg(test)]
mod memory_tree;
mod module_archive;
mod module_shelf;
mod module_verifier;
mod module_zips;
mod packager;
mod packer;
mod probe;
mod program_sink;
mod publisher;
mod referrers;
mod registry_probe;
mod release_store;
mod repository_probe;
mod scratch;
mod server_probe;
mod shared_history;
mod signer;
mod source_tree;
mod stage_runner;
mod toolchain_archive;
mod toolchain_source;
mod verdict_shelf;
mod vulnerability_scanner;

pub use attested_shelf::AttestedShelf;
pub use base_source::{BaseSource, Wanted};
pub use blob_places::BlobPlaces;
#[cfg(test)]
pub(crate) use blob_store::in_memory;
pub use blob_store::{BlobStore, BlobWriter};
pub use builder::{Builder, Done};
pub use bundle_sink::BundleSink;
pub use cache_shelf::{CacheShelf, Health, Removal};
pub use clock::Clock;
pub use deployer::{DeployJournal, Deployer};
pub use event_sink::{EventSink, Progress};
pub use git::{Git, GitAnswer, GitError};
pub use go_inspector::{GoInspector, Packages};
pub use head_shelf::HeadShelf;
pub use history_shelf::{HistoryShelf, ShelfError};
pub use image_reader::ImageReader;
pub use inventory_shelf::InventoryShelf;
pub use machine_probe::MachineProbe;
pub use memo_shelf::{MemoShelf, Part, Users};
#[cfg(test)]
pub(crate) use memory_tree::MemoryTree;
pub use module_archive::ModuleArchive;
pub use module_shelf::ModuleShelf;
pub use module_verifier::{ModuleContent, ModuleGlance, ModuleVerifier, Thoroughness};
pub use module_zips::{ModuleZip, ModuleZips, NoZip, NotSent, ZipOrigin, ZipServer};
pub use packager::Packager;
pub use packer::{Packer, Packing};
pub use probe::{Alarm, SmokeProbe};
pub use program_sink::{FilePlace, PlacedFile, ProgramSink};
pub use publisher::Publisher;
pub use referrers::Referrers;
pub use registry_probe::RegistryProbe;
pub use release_store::ReleaseStore;
pub use repository_probe::RepositoryProbe;
pub use scratch::{Scratch, ScratchFile};
pub use server_probe::{Reply, ServerProbe};
pub use shared_history::{SharedHistory, Told};
pub use signer::Signer;
pub use source_tree::{
    EntryKind, FileStamp, Listing, SourceEntry, SourceTree, SourceTreeError, StampedFile,
    UNFINISHED, is_unfinished,
};
pub use stage_runner::{Overtime, ReportFile, StageEnd, StageOrder, StageRunner};
pub use toolchain_archive::ToolchainArchive;
pub use toolchain_source::ToolchainSource;
pub use verdict_shelf::VerdictShelf;
pub use vulnerability_scanner::{DatabaseState, ScanGo, VulnerabilityScanner};
