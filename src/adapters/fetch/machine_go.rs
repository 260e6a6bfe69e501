//! The machine's own Go.

#![expect(
    clippy::disallowed_methods,
    reason = "the go program is looked at, or asked for its version"
)]

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::adapters::process::{self, Limits};
use crate::model::{Cancellation, Environment};
use crate::toolchain::Toolchain;

/// A program that does not say its version within that time is no Go to build with.
const LIMITS: Limits = Limits {
    time: Some(Duration::from_secs(10)),
    output_bytes: 64 << 10,
};

/// The longest file VERSION of a release.
const MAX_VERSION_BYTES: u64 = 4 << 10;

/// The first bytes of programs that are no scripts, on Linux and macOS.
const PROGRAMS: [[u8; 4]; 3] = [
    *b"\x7fELF",
    [0xcf, 0xfa, 0xed, 0xfe],
    [0xca, 0xfe, 0xba, 0xbe],
];

/// Finds out what the `go` is that is first on the user's PATH; `None` where there is none, or it
/// is no release.
pub(super) fn find(environment: &Environment, cancellation: &Cancellation) -> Option<Toolchain> {
    let program = process::find_program(environment, "go")?;
    read(&program).or_else(|| ask(&program, environment, cancellation))
}

/// Reads what a go program at its place in a release is, without starting it: the folder above its
/// own, links resolved, is its GOROOT, and has a file VERSION. A script that chooses a Go is asked.
fn read(program: &Path) -> Option<Toolchain> {
    let program = program.canonicalize().ok()?;
    let root = program
        .parent()
        .filter(|bin| bin.ends_with("bin"))?
        .parent()?;
    let mut magic = [0; 4];
    File::open(&program).ok()?.read_exact(&mut magic).ok()?;
    if !PROGRAMS.contains(&magic) || !root.join("src/runtime").is_dir() {
        return None;
    }
    let mut text = String::new();
    let version = File::open(root.join("VERSION")).ok()?;
    version
        .take(MAX_VERSION_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Toolchain::from_go_env(&format!("{}\n{}", text.lines().next()?, root.to_str()?))
}

/// Asks a go program what it is.
fn ask(
    program: &Path,
    environment: &Environment,
    cancellation: &Cancellation,
) -> Option<Toolchain> {
    let users = environment
        .iter()
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"GO"));
    let mut command = Command::new(program);
    command
        .args(["env", "GOVERSION", "GOROOT"])
        // Away from any go.mod, which could ask for another version.
        .current_dir("/")
        .env_clear()
        .envs(users)
        .envs([("GOTOOLCHAIN", "local"), ("GOENV", "off")]);
    let finished = process::run(command, b"", LIMITS, cancellation).ok()?;
    let answer = str::from_utf8(&finished.stdout).ok()?;
    Toolchain::from_go_env(answer).filter(|_| finished.status.success())
}
