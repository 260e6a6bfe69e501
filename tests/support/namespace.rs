//! Commands in a network namespace of their own: they reach nobody but themselves.

use std::ffi::OsStr;
use std::process::Command;

use super::{Output, TestEnvironment, programs};

impl TestEnvironment {
    /// Runs coracle where there is no network at all.
    pub(crate) fn run_without_network<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
    ) -> Output {
        let mut command = self.command(programs::find("unshare"));
        command.args(["--map-root-user", "--net", "--"]);
        command.arg(programs::coracle()).args(args);
        self.run_command(&mut command)
    }
}

/// Returns a command that runs one test of this program, which is ignored elsewhere, where there is no network but
/// the loopback interface.
pub(crate) fn test_on_loopback(name: &str) -> Command {
    let this = std::env::current_exe().expect("the program of the tests");
    let mut command = Command::new(programs::find("unshare"));
    let script = "\"$0\" link set lo up && exec \"$@\"";
    command
        .args(["--map-root-user", "--net", "--", "/bin/sh", "-c", script])
        .arg(programs::find("ip"))
        .arg(this)
        .args(["--exact", name, "--ignored", "--nocapture"]);
    command
}
