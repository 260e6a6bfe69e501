//! The folders below `target/` that outlive a test.

use std::path::{Path, PathBuf};

/// Returns the root of the project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns Go's build cache for all tests.
pub(crate) fn go_build_cache() -> PathBuf {
    test_cache("go-build")
}

/// Returns Go's module cache for all tests.
pub(crate) fn go_module_cache() -> PathBuf {
    test_cache("go-mod")
}

/// Returns the toolchains of coracle's cache for tests that may share them.
pub(crate) fn shared_toolchains() -> PathBuf {
    test_cache("coracle").join("toolchains")
}

/// Returns the folder of zips that the Go module proxy gave.
pub(crate) fn module_zips() -> PathBuf {
    test_cache("module-zips")
}

/// Returns the folder of built tools.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

fn test_cache(name: &str) -> PathBuf {
    target().join("test-cache").join(name)
}

/// Returns the target folder; cargo names one below it to tests.
fn target() -> &'static Path {
    let below = Path::new(env!("CARGO_TARGET_TMPDIR"));
    below.parent().expect("cargo's tmp folder lies in target/")
}
