//! `coracle dist` for releases: archives, sums, bills of materials, signatures, and where they go.

mod archives;
mod packed;
mod places;
mod proofs;
mod pushed;

use std::path::Path;
use std::process::Command;

use crate::support::git::GitRepository;
use crate::support::{Output, TestEnvironment, programs};

/// A project of one program, released as v1.2.3.
fn released() -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    environment.write("README.md", "# hello\n");
    environment.write("LICENSE", "all rights\n");
    environment.write(".gitignore", "dist/\nout/\n");
    GitRepository::create(environment.work()).tag("v1.2.3");
    environment
}

/// Runs `dist` for linux/amd64 and windows/amd64.
fn dist(environment: &TestEnvironment, flags: &[&str]) -> Output {
    let args = ["dist", "--platform", "linux/amd64,windows/amd64"];
    environment.run([&args[..], flags].concat())
}

/// Returns the names of the files in a folder below the working folder, sorted.
fn names(environment: &TestEnvironment, folder: &str) -> Vec<String> {
    let folder = environment.work().join(folder);
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

/// Runs `sha256sum -c SHA256SUMS` in a folder, and returns what it says.
fn check_sums(folder: &Path) -> String {
    let mut check = Command::new(programs::find("sha256sum"));
    let output = check
        .args(["--strict", "-c", "SHA256SUMS"])
        .current_dir(folder)
        .output()
        .expect("sha256sum starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    said
}
