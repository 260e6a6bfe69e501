//! Programs of this machine, and the one under test.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the program under test.
pub(crate) fn coracle() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_coracle"))
}

/// Returns the path of a program that tests cannot do without.
pub(crate) fn find(name: &str) -> PathBuf {
    try_find(name).unwrap_or_else(|| panic!("the tests need {name}: install it and put it on PATH"))
}

/// Returns the path of a program, where PATH has it.
pub(crate) fn try_find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// Puts an executable file on the disk.
///
/// Another process writes it: a child that this process starts meanwhile would hold our file open for writing for a
/// moment, and what is open for writing cannot be executed.
pub(crate) fn install(content: &[u8], to: &Path) {
    let data = to.with_extension("data");
    std::fs::write(&data, content).expect("a program's bytes");
    let status = Command::new(find("install")).args([&data, to]).status();
    assert!(status.expect("install starts").success());
}
