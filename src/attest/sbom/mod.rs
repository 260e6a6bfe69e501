//! The software bill of materials of an image.
//!
//! In: an `Inventory`, a value that says what an image consists of, or a `ProgramInventory`. Out: the bytes of an SPDX or a
//! CycloneDX document. What an inventory is made of can be kept: a `ProgramAccount` beside the layer
//! that holds the program, a `BaseInventory` beside the layers of a base.

mod base_package;
mod component;
mod components;
mod cyclonedx;
mod describe;
mod describe_base;
mod describe_go;
mod document_id;
mod inventory;
mod os_release;
mod package_database;
mod program_inventory;
mod purl;
mod spdx;
mod supplier;
#[cfg(test)]
mod tests;

pub use base_package::{BasePackage, PackageManager};
pub use cyclonedx::{cyclonedx, cyclonedx_of_program};
pub use inventory::{BaseInventory, ImageInventory, ImageParts, Inventory, SubjectName};
pub use os_release::OsRelease;
pub use package_database::PackageDatabase;
pub use program_inventory::ProgramInventory;
pub use purl::image_url;
pub use spdx::{spdx, spdx_of_program};
