//! Folders of the machine, looked at and left alone.

use std::path::Path;

/// Looks at folders, also at those that are not there yet.
pub trait MachineProbe: Sync {
    /// Returns how many bytes the disk of `folder` still takes, where that can be told.
    fn free_bytes(&self, folder: &Path) -> Option<u64>;

    /// Tells whether files could be made in `folder`, or it in the nearest folder above that is there.
    fn takes_files(&self, folder: &Path) -> bool;

    /// Tells whether a file or folder is at `path`.
    fn is_there(&self, path: &Path) -> bool;
}
