//! Runs of coracle that the modes of files bind, also where root runs the tests.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::{Output, TestEnvironment, programs};

impl TestEnvironment {
    /// Runs coracle as somebody whom modes bind: as ourselves, or as a root without the right to pass over them.
    pub(crate) fn run_bound<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Output {
        let is_root = std::fs::metadata(self.work()).expect("a folder").uid() == 0;
        if !is_root {
            return self.run(args);
        }
        let mut command = self.command(programs::find("setpriv"));
        command
            .args(["--bounding-set=-dac_override,-dac_read_search", "--"])
            .arg(programs::coracle())
            .args(args);
        self.run_command(&mut command)
    }
}

/// Sets the mode of a file or folder.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}
