//! The modes that this process makes files with.

use rustix::fs::Mode;
use rustix::process::umask;

/// Takes modes from all files that this process and its children make, until it is dropped. It holds for
/// the whole process: nobody else may change it meanwhile.
#[must_use]
pub struct Umask {
    before: Mode,
}

impl Umask {
    /// Leaves files to their owner alone.
    pub fn private() -> Self {
        Self {
            before: umask(Mode::RWXG | Mode::RWXO),
        }
    }
}

impl Drop for Umask {
    fn drop(&mut self) {
        umask(self.before);
    }
}
