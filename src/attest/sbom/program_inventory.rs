//! All that a program by itself consists of.

use crate::model::{InstalledProgram, Timestamp};

/// What a program that is in no image consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramInventory {
    /// The program; its path is the name of its file.
    pub program: InstalledProgram,
    /// The version of the release that it is in; it has it too where it has none of its own.
    pub version: String,
    /// When the release was made, as it says itself.
    pub created: Timestamp,
}
