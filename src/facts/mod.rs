//! What the source tree says.
//!
//! In: a source tree and its git history, through their ports. Out: modules, main packages, the
//! Go version asked for, the revision, the files to be copied and the secrets found in them. The
//! invariant: nothing here needs Go, and nothing is guessed.

mod changed_files;
mod earlier_modules;
mod embed;
mod files;
mod go_request;
mod go_source;
mod go_words;
mod history;
mod inputs;
mod inputs_history;
mod known_sums;
mod local_module;
mod main_package;
mod mod_file;
mod module_needs;
mod modules;
mod named_commit;
mod named_go;
mod origin;
mod package;
mod packages;
mod project;
mod release_files;
mod revision;
mod secrets;
mod source_facts;
mod source_inputs;
mod touched;
mod vendoring;
mod version_file;

pub use changed_files::{ChangedFiles, changed_files};
pub use earlier_modules::requires_at;
pub use files::{CopiedFile, OwnOutputs, copied_files};
pub use go_request::{GoRequest, RequestedVersion};
pub use go_source::BuildTags;
pub use go_words::{GoWord, WordMeaning};
pub use inputs_history::{ImageSources, InputsHistory};
pub use known_sums::{KnownSums, Sum, sum_text};
pub use local_module::{LocalModule, ModuleRole};
pub use main_package::MainPackage;
pub use mod_file::{GoMod, GoWork, Located, ModFileError, Need, Replace, Replacement, Require};
pub use module_needs::{ModuleNeeds, NeededModule, Supply};
pub use named_go::{NamedGo, named_go};
pub use packages::resolved;
pub use project::{Project, project_name};
pub use release_files::release_files;
pub use revision::{Commit, Revision};
pub use secrets::{AllowedSecrets, Suspect, ValueScanner, find_secrets, refuse_secrets};
pub use source_facts::{
    Describe, GatherRequest, SourceFacts, gather, local_modules, outside_module,
};
pub use source_inputs::{InputReader, InputsError, SourceInputs, Stamps};
pub use touched::{LINTER_FILES, Touched, TouchedPackages};
pub use vendoring::{
    Copied, FileNames, FileUse, VendorList, VendoredFor, VendoredModule, VendoredReplacement,
    Vendoring,
};
pub use version_file::VersionFile;
