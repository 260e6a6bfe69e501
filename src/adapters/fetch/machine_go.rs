//! The machine's own Go.

#![expect(
    clippy::disallowed_methods,
    reason = "the go program is asked for its version"
)]

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

/// Asks the `go` that is first on the user's PATH what it is; `None` where there is none, or it is
/// no release.
pub(super) fn find(environment: &Environment, cancellation: &Cancellation) -> Option<Toolchain> {
    let program = process::find_program(environment, "go")?;
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
