//! Disks that take no more: nothing is half-written, what was there stays, and the exit code is 73.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{TestEnvironment, programs};

/// A file system of its own in memory; it is gone when dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts a disk of so many KiB at a folder of the test's.
    fn mount(environment: &TestEnvironment, name: &str, size_kib: u32) -> Self {
        let folder = environment.work().join(name);
        std::fs::create_dir(&folder).expect("a folder to mount on");
        let disk = Self(folder);
        disk.mount_with(&format!("size={size_kib}k"));
        disk
    }

    fn make_read_only(&self) {
        self.mount_with("remount,ro");
    }

    fn mount_with(&self, options: &str) {
        let mut command = Command::new(programs::find("mount"));
        let output = command
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&self.0)
            .output()
            .expect("mount starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "to mount a disk takes root: {said}"
        );
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A disk that cannot be taken away is the machine's matter.
        let _ = Command::new(programs::find("umount")).arg(&self.0).status();
    }
}

/// Runs, and asserts that the disk is told to be full and nothing was left on it.
#[track_caller]
fn fails_to_write(environment: &TestEnvironment, args: &[&str], cause: &str) {
    let before = environment.files();
    let output = environment.run(args).ends_with(73);
    let said = output.talk();
    assert!(said.to_lowercase().contains(cause), "{said}");
    assert!(said.contains("error: [publish] "), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert_eq!(environment.files(), before);
}

const FULL: &str = "no space left on device";
const READ_ONLY: &str = "read-only file system";

#[test]
fn an_output_that_is_full() {
    let environment = TestEnvironment::new().with_hello();
    let disk = Disk::mount(&environment, "disk", 256);
    for output in ["archive=disk/hello.tar", "layout=disk/hello", "layout=disk"] {
        fails_to_write(&environment, &["build", "-q", "-o", output], FULL);
    }
    let dist = ["dist", "--platform", "linux/amd64", "-q", "-o", "disk"];
    fails_to_write(&environment, &dist, FULL);
    drop(disk);
}

#[test]
fn an_output_that_is_read_only() {
    let environment = TestEnvironment::new().with_hello();
    let disk = Disk::mount(&environment, "disk", 8192);
    disk.make_read_only();
    for output in ["archive=disk/hello.tar", "layout=disk/hello", "layout=disk"] {
        fails_to_write(&environment, &["build", "-q", "-o", output], READ_ONLY);
    }
    let dist = ["dist", "--platform", "linux/amd64", "-q", "-o", "disk"];
    fails_to_write(&environment, &dist, READ_ONLY);
}

#[test]
fn an_archive_that_is_there_stays_where_the_new_one_does_not_fit() {
    let environment = TestEnvironment::new().with_hello();
    let disk = Disk::mount(&environment, "disk", 2048);
    let args = ["build", "-q", "-o", "archive=disk/hello.tar"];
    environment.run(args).success();
    let before = environment.read("disk/hello.tar");
    std::fs::write(disk.path().join("ballast"), vec![0; 512 * 1024]).expect("room for this");
    let changed = [&args[..], &["--set", "defaults.args=[\"-x\"]"]].concat();
    fails_to_write(&environment, &changed, FULL);
    assert_eq!(environment.read("disk/hello.tar"), before);
}

#[test]
fn a_program_that_is_there_stays_with_its_sum_where_the_new_one_does_not_fit() {
    let environment = TestEnvironment::new().with_hello();
    let disk = Disk::mount(&environment, "disk", 4096);
    let dist = ["dist", "--platform", "linux/amd64", "-q", "-o", "disk"];
    environment.run(dist).success();
    let kept = ["disk/hello-linux-amd64", "disk/SHA256SUMS"];
    let before = kept.map(|file| environment.read(file));
    std::fs::write(disk.path().join("ballast"), vec![0; 2200 * 1024]).expect("room for this");
    environment.write(
        "more.go",
        "package main\n\nfunc init() { println(\"more\") }\n",
    );
    fails_to_write(&environment, &dist, FULL);
    assert!(kept.map(|file| environment.read(file)) == before);
}

#[test]
fn a_cache_that_is_full() {
    let mut environment = TestEnvironment::new().with_hello();
    let disk = Disk::mount(&environment, "disk", 256);
    environment.set("CORACLE_CACHE", disk.path());
    let output = environment.run(["build", "-q"]).ends_with(73);
    assert!(output.talk().to_lowercase().contains(FULL), "{output}");
    assert!(!environment.files().contains(&"dist/hello.tar".to_owned()));
}

#[test]
fn a_cache_that_is_read_only_is_read_and_the_run_works_elsewhere() {
    let mut environment = TestEnvironment::new().with_hello();
    let disk = Disk::mount(&environment, "disk", 256);
    disk.make_read_only();
    environment.set("CORACLE_CACHE", disk.path());
    let output = environment.run(["build"]).success();
    assert!(output.talk().to_lowercase().contains(READ_ONLY), "{output}");
    assert!(environment.files().contains(&"dist/hello.tar".to_owned()));
}
