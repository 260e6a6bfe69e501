//! What is in a layer of ours.

use serde::{Deserialize, Serialize};

use super::{AddedFile, InstalledProgram};

/// An account of a layer that stands for it where its bytes are not at hand: it goes with what is
/// remembered of the layer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayerAccount {
    /// Its Go programs, by path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<InstalledProgram>,
    /// Its other files, by path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AddedFile>,
    /// How many files there are beyond those that are listed.
    pub files_left_out: u64,
}
