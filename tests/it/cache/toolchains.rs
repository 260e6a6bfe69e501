//! Releases of Go in the cache: read-only folders that stay while a run uses them.

use std::path::PathBuf;

use super::{built, document, folder, listed_of, put, set_use};
use crate::support::bound_user::set_mode;
use crate::support::running::until;
use crate::support::{TestEnvironment, checksums, go, programs};

const VERSION: &str = "1.99.9";

fn platform() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "linux-arm64"
    } else {
        "linux-amd64"
    }
}

fn name() -> String {
    format!("{VERSION}-{}", platform())
}

fn place(environment: &TestEnvironment) -> PathBuf {
    folder(environment).join("toolchains").join(name())
}

/// Puts a toolchain into the cache whose go does what `script` says.
fn put_toolchain(environment: &TestEnvironment, script: &str) {
    let written = environment.write_program("other-go", script);
    let content = std::fs::read(&written).expect("a script");
    let module = format!("{}@v0.0.1-go{VERSION}.{}", go::TOOLCHAIN_MODULE, platform());
    let h1 = checksums::h1(&[(format!("{module}/bin/go").as_str(), content.as_slice())]);
    let glance = super::digest_of(b"not looked at yet");
    let manifest = format!("{{\"h1\":{h1:?},\"glance\":{glance:?}}}");
    let manifest = put(
        environment,
        &format!("toolchains/{}/manifest.json", name()),
        manifest,
        1,
    );
    let bin = place(environment).join("go/bin");
    std::fs::create_dir_all(&bin).expect("folders of a toolchain");
    // Not with our own hands: what a process has open for writing cannot be run.
    let mut copy = environment.command(programs::find("cp"));
    environment
        .run_command(copy.arg(written).arg(bin.join("go")))
        .success();
    set_mode(&bin.join("go"), 0o555);
    set_mode(&bin, 0o555);
    set_mode(bin.parent().expect("a root"), 0o555);
    set_use(&manifest, 1);
}

/// Returns hello that names this release, on a machine without Go.
fn environment() -> TestEnvironment {
    let environment = TestEnvironment::without_go().with_hello();
    environment.write(".go-version", VERSION);
    environment
}

#[test]
fn a_toolchain_is_listed_by_its_release_and_goes_though_it_is_read_only() {
    let environment = environment();
    put_toolchain(&environment, "exit 1\n");
    let list = document(&environment, &["list"], 0);
    assert_eq!(list["entries"][0]["kind"], "toolchains");
    assert_eq!(list["entries"][0]["name"], name());
    assert_eq!(list["entries"][0]["used"], "1970-01-01T00:00:01Z");
    environment.run(["cache", "check"]).success();
    let left = folder(&environment).join(format!("toolchains/.{}.part/go", name()));
    std::fs::create_dir_all(left).expect("what was left");
    environment
        .run_bound(["cache", "clean"])
        .success()
        .says("2 entries removed");
    assert!(!place(&environment).exists());
}

#[test]
fn a_toolchain_that_was_changed_is_found_and_removed() {
    let environment = environment();
    put_toolchain(&environment, "exit 1\n");
    let root = place(&environment).join("go");
    set_mode(&root, 0o755);
    std::fs::write(root.join("evil"), "").expect("a file too many");
    environment
        .run(["cache", "check"])
        .ends_with(1)
        .says("its files have another hash than they had");
    assert!(!place(&environment).exists());
}

#[test]
fn a_toolchain_stays_while_a_run_uses_it() {
    let environment = environment();
    put_toolchain(&environment, &environment.hang());
    let running = environment.start(&["build", "-q"]);
    until("go hangs", || environment.hanging().exists());
    environment
        .run(["cache", "clean"])
        .success()
        .says("in use by running processes");
    assert!(place(&environment).join("go/bin/go").exists());
    let list = document(&environment, &["list"], 0);
    assert_ne!(list["entries"][0]["used"], "1970-01-01T00:00:01Z");
    drop(running);
    until("the run is gone", || {
        environment.run(["cache", "clean"]).success();
        listed_of(&environment, "toolchains").is_empty()
    });
    assert!(!place(&environment).exists());
}

#[test]
fn what_a_killed_process_left_of_a_toolchain_goes_with_the_next_run_that_adds_something() {
    let environment = TestEnvironment::new().with_hello();
    let left = folder(&environment).join(format!("toolchains/.{}.part", name()));
    let held = folder(&environment).join("toolchains/.1.99.8-linux-amd64.part");
    for folder in [&left, &held] {
        std::fs::create_dir_all(folder.join("go")).expect("a part of a toolchain");
    }
    let lock = put(&environment, "toolchains/.1.99.8-linux-amd64.lock", "", 1);
    let lock = std::fs::File::open(lock).expect("a lock");
    lock.lock().expect("the right to fill");
    built(&environment, &[]);
    assert!(!left.exists() && held.exists());
}
