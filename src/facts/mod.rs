//! What the source tree says.
//!
//! In: a source tree and its git history, through their ports. Out: modules, main packages, the
//! Go version asked for, the revision, the files to be copied and the secrets found in them. The
//! invariant: nothing here needs Go, and nothing is guessed.

mod embed;
mod files;
mod go_request;
mod go_source;
mod history;
mod inputs;
mod inputs_history;
mod local_module;
mod main_package;
mod mod_file;
mod modules;
mod origin;
mod package;
mod packages;
mod project;
mod revision;
mod secrets;
mod source_facts;
mod source_inputs;
mod vendoring;
mod version_file;

pub use files::{CopiedFile, OwnOutputs, copied_files};
pub use go_request::{GoRequest, RequestedVersion};
pub use inputs_history::{ImageSources, InputsHistory};
pub use local_module::{LocalModule, ModuleRole};
pub use main_package::MainPackage;
pub use mod_file::{GoMod, GoWork, Located, ModFileError, Replace, Replacement, Require};
pub use project::Project;
pub use revision::{Commit, Revision};
pub use secrets::{AllowedSecrets, refuse_secrets};
pub use source_facts::{Describe, GatherRequest, SourceFacts, gather};
pub use source_inputs::{InputReader, InputsError, SourceInputs, Stamps};
pub use vendoring::{VendorList, VendoredFor, VendoredModule, VendoredReplacement, Vendoring};
pub use version_file::VersionFile;
