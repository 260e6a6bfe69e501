//! The `MachineProbe` port.

use std::path::Path;

use rustix::fs::{Access, access, statvfs};

use crate::ports::MachineProbe;

/// Looks at the disk.
#[derive(Debug, Clone, Copy)]
pub struct DiskProbe;

impl MachineProbe for DiskProbe {
    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        let disk = statvfs(nearest(folder)?).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn takes_files(&self, folder: &Path) -> bool {
        let rights = Access::WRITE_OK | Access::EXEC_OK;
        nearest(folder).is_some_and(|folder| folder.is_dir() && access(folder, rights).is_ok())
    }

    fn is_there(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// Returns the folder, or the nearest one above it that is there.
fn nearest(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_as_the_one_that_it_would_be_in() {
        let folder = tempfile::TempDir::new().unwrap();
        let below = folder.path().join("a/b");
        assert!(DiskProbe.free_bytes(&below).is_some());
        assert!(DiskProbe.takes_files(&below));
        assert!(!DiskProbe.is_there(&below));
        assert!(DiskProbe.is_there(folder.path()));
    }
}
