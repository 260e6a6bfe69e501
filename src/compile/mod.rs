//! Source to binaries: the exact `go` command, and what its output means.
//!
//! In: a `Batch`, a toolchain, and what the machine is. Out: the commands to run; of their output a
//! `Binary` or a good error for each target. Pure: an adapter runs the commands. The invariant: a
//! command sees no variable, flag or file of settings that is not decided here, and no program is
//! handed on that was not checked.

mod account;
mod action_graph;
mod binary;
mod build_cache;
mod build_info;
mod build_output;
mod executable;
mod explanation;
mod failure;
mod folders;
mod go_command;
mod go_values;
mod inspection_commands;
mod known_paths;
mod listing;
mod machine_paths;
mod microarchitecture;
mod module_download;
mod package_graph;
mod planned_command;
mod quoting;
mod release_notes;
mod scanner;
mod sections;
mod shell_line;
mod sources;
mod surroundings;
mod vet_remark;

pub use action_graph::{Began, MAX_ACTION_GRAPH_BYTES, read_actions};
pub use binary::Binary;
pub use build_cache::{BuildCacheEntry, BuildCacheReading, CacheShare, Recompiled, exports};
pub use build_info::{BuildInfo, BuildInfoScanner, LinkedModule};
pub use build_output::{BuildOutput, DOWNLOADING};
pub(crate) use executable::length_by_headers;
pub use executable::{ExecutableError, check_executable, check_experiments};
pub use failure::{compile_error, load_error, main_label};
pub use folders::GoFolders;
pub use go_command::{CommandError, GoCommand, GoCommands, Reach, program_name};
pub use go_values::GoValuesError;
pub use known_paths::KnownPaths;
pub use listing::{CgoFiles, Listing, LoadFailure};
pub use machine_paths::MachinePaths;
pub use microarchitecture::MicroarchitectureError;
pub use module_download::{ModuleDownload, download_failure};
pub use package_graph::{CompiledModule, ModuleReplacement, PackageGraph};
pub use planned_command::{PlannedCommand, Purpose};
pub use quoting::QuotingError;
pub use release_notes::ReleaseNotes;
pub use scanner::{ScanDepth, Scanner, ScannerMismatch};
#[cfg(test)]
pub(crate) use sections::sample_elf;
pub use sections::{Section, sections};
pub use shell_line::WORK_FOLDER;
pub use sources::Sources;
pub use surroundings::Surroundings;
pub use vet_remark::VetRemark;
