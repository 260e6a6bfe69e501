//! The software bill of materials of an image.
//!
//! In: an `Inventory`, a value that says what an image consists of. Out: the bytes of an SPDX or a
//! CycloneDX document. What an inventory is made of can be kept: a `ProgramAccount` beside the layer
//! that holds the program, a `BaseInventory` beside the layers of a base.

mod added_file;
mod base_package;
mod component;
mod components;
mod cyclonedx;
mod describe;
mod describe_base;
mod describe_go;
mod document_id;
mod inventory;
mod module_account;
mod os_release;
mod package_database;
mod program_account;
mod purl;
mod spdx;
mod supplier;
#[cfg(test)]
mod tests;

pub use added_file::AddedFile;
pub use base_package::{BasePackage, PackageManager};
pub use cyclonedx::cyclonedx;
pub use inventory::{
    BaseInventory, ImageInventory, ImageParts, InstalledProgram, Inventory, SubjectName,
};
pub use module_account::{ModuleAccount, Replaced};
pub use os_release::OsRelease;
pub use package_database::PackageDatabase;
pub use program_account::ProgramAccount;
pub use spdx::spdx;
