//! The content of modules, compared with go.sum.

use crate::model::Digest;
use crate::toolchain::{ModuleFault, PinnedModule};

/// What is read of a module that was compared before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thoroughness {
    /// Nothing, where all of its files have the size, the times and the inode that they had then.
    Remembered,
    /// All of it.
    Full,
}

/// A module that is what go.sum says, as far as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleContent {
    /// No folder of it is in the module cache: it was not downloaded, or is being unpacked.
    Absent,
    /// It was compared before, and nobody has touched it since.
    Known(ModuleGlance),
    /// It was compared now.
    Compared(ModuleGlance),
}

/// What is seen of a module without reading it, before it was compared: it is another as soon as anything of the
/// module is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleGlance(pub Digest);

impl ModuleContent {
    /// Returns what was seen of it.
    pub fn glance(&self) -> Option<ModuleGlance> {
        match self {
            Self::Absent => None,
            Self::Known(glance) | Self::Compared(glance) => Some(*glance),
        }
    }
}

/// Compares modules in the module cache with the hashes that they must have: all that `go mod verify`
/// compares.
pub trait ModuleVerifier: Sync {
    /// Compares the folder and the zip of `module`, as far as they are there. Nothing of it is
    /// changed.
    ///
    /// # Errors
    /// When either is something else, or cannot be read.
    fn compare(
        &self,
        module: &PinnedModule,
        thoroughness: Thoroughness,
    ) -> Result<ModuleContent, ModuleFault>;

    /// Looks at `module` without reading it; `None` where it is not there, or cannot be looked at.
    fn glance(&self, module: &PinnedModule) -> Option<ModuleGlance>;
}
