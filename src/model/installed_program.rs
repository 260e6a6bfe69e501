//! A program where it is in an image.

use serde::{Deserialize, Serialize};

use super::ProgramAccount;

/// A program in an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledProgram {
    /// Where it is, `/server`.
    pub path: String,
    /// What is known of it.
    pub account: ProgramAccount,
}
