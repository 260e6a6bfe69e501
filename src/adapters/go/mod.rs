//! The go program: source to binaries.
//!
//! In: a batch and a toolchain. Out: a checked binary or an error for each target, as soon as it is
//! known. What to run and what its words mean `compile` decides; here it is run. The invariant: no
//! child outlives the run, and what it wrote is gone with the last binary that needs it.

mod batch_run;
mod build_cache;
mod cgo_imports;
mod collector;
mod downloads;
mod go_actions;
mod go_builder;
mod go_error;
mod inspection;
mod inspector;
mod module_archive;
mod run_go;
mod scanner;
mod workshop;
mod workshop_shelf;

pub use go_builder::{ActionsWanted, GoBuilder, GoBuilderSettings};
pub use scanner::{Govulncheck, GovulncheckSettings, ScannerShelf};
pub use workshop_shelf::WorkshopShelf;
