//! podman with runc, with storage of its own for each test.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::programs;

/// Storage and settings of one test's podman; images and containers go with it.
pub(crate) struct Podman {
    storage: TempDir,
}

impl Podman {
    /// Returns a podman that knows no image.
    pub(crate) fn new() -> Self {
        needs("podman");
        needs("runc");
        Self {
            storage: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Loads an archive and returns the names of its images.
    pub(crate) fn load(&self, archive: &Path) -> Vec<String> {
        let mut load = self.command(&["load", "--quiet", "--input"]);
        let said = run(load.arg(archive)).stdout;
        let names = said
            .lines()
            .filter_map(|line| line.strip_prefix("Loaded image: "));
        names.map(str::to_owned).collect()
    }

    /// Runs an image to its end and returns what it said.
    pub(crate) fn run(&self, options: &[&str], image: &str, args: &[&str]) -> Said {
        run(self.run_command(options).arg(image).args(args))
    }

    /// Starts an image that goes on beside the test.
    pub(crate) fn start(&self, options: &[&str], image: &str) -> Container<'_> {
        let started = run(self.run_command(options).arg("--detach").arg(image));
        Container {
            podman: self,
            id: started.stdout.trim().to_owned(),
        }
    }

    fn run_command(&self, options: &[&str]) -> Command {
        // A machine that forbids processes to raise their limits needs them named; a network of its own needs more
        // rights than these tests want.
        let limits = [
            "--ulimit",
            "nofile=1024:1024",
            "--ulimit",
            "nproc=1024:1024",
        ];
        let mut command = self.command(&["run", "--rm", "--network=host"]);
        command.args(limits).args(options);
        command
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(programs::find("podman"));
        command
            .args([
                "--runtime",
                "runc",
                "--cgroup-manager=cgroupfs",
                "--storage-driver=vfs",
            ])
            .arg("--root")
            .arg(self.storage.path().join("root"))
            .arg("--runroot")
            .arg(self.storage.path().join("run"))
            .args(args);
        command
    }
}

/// A container that runs; it is killed when dropped.
pub(crate) struct Container<'a> {
    podman: &'a Podman,
    id: String,
}

impl Container<'_> {
    /// Runs a second program in it and returns what that said.
    pub(crate) fn exec(&self, args: &[&str]) -> Said {
        run(self.podman.command(&["exec", &self.id]).args(args))
    }

    /// Stops it, as an orchestrator would: SIGTERM first.
    pub(crate) fn stop(self) {
        run(&mut self.podman.command(&["stop", "--time=20", &self.id]));
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to remove.
        let remove = ["rm", "--force", "--ignore", "--time=0", &self.id];
        let _ = self.podman.command(&remove).output();
    }
}

/// Fails where a program is missing, and says how to get it.
pub(crate) fn needs(program: &str) {
    assert!(
        programs::try_find(program).is_some(),
        "{program} is missing: apt-get install {program}"
    );
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command and returns what it said; panics with all of it where the command fails.
pub(crate) fn run(command: &mut Command) -> Said {
    let output = command.output().expect("a program that starts");
    let said = Said {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let (stdout, stderr) = (&said.stdout, &said.stderr);
    assert!(output.status.success(), "{command:?}\n{stdout}{stderr}");
    said
}
