//! Folders that take no files, and files that would be one.

use std::os::unix::fs::PermissionsExt as _;

use super::{dist, names, released};
use crate::support::TestEnvironment;
use crate::support::bound_user::set_mode;

#[test]
fn a_folder_that_is_none_is_told_before_anything_is_compiled() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("dist", "mine");
    dist(&environment, &[])
        .ends_with(73)
        .says("dist is a file, expected a folder")
        .says("hint: name another folder with --output");
    assert_eq!(environment.read("dist"), b"mine");
    std::fs::create_dir_all(environment.work().join("out/SHA256SUMS")).expect("a folder");
    dist(&environment, &["-o", "out"])
        .ends_with(73)
        .says("there is a folder in its place");
    let folder = environment.work().join("sealed");
    std::fs::create_dir(&folder).expect("a folder");
    set_mode(&folder, 0o555);
    let args = ["dist", "--platform=linux/amd64", "-o", "sealed"];
    let output = environment.run_bound(args).ends_with(73);
    set_mode(&folder, 0o755);
    assert!(output.talk().contains("ermission denied"), "{output}");
    environment.assert_nothing_compiled();
    assert!(names(&environment, "sealed").is_empty());
}

#[test]
fn files_of_an_earlier_release_stay_and_those_of_this_one_are_replaced() {
    let environment = released();
    environment.write("dist/hello-linux-amd64", "old");
    environment.write("dist/hello-0.9-linux-amd64", "older");
    environment.write("dist/SHA256SUMS", "old");
    dist(&environment, &[]).success();
    assert_eq!(environment.read("dist/hello-0.9-linux-amd64"), b"older");
    let program = environment.work().join("dist/hello-linux-amd64");
    let mode = std::fs::metadata(&program)
        .expect("a program")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o755);
    let sums = String::from_utf8(environment.read("dist/SHA256SUMS")).expect("UTF-8");
    assert_eq!(sums.lines().count(), 2, "{sums}");
    assert!(!sums.contains("0.9"), "{sums}");
}

#[test]
fn a_target_that_fails_leaves_what_was_there_and_loses_no_other() {
    let environment = released();
    environment.write(
        "lucky_windows.go",
        "package main\n\nfunc init() { undefined() }\n",
    );
    environment.write("dist/hello-windows-amd64.exe", "old");
    dist(&environment, &[])
        .ends_with(1)
        .says("undefined: undefined");
    assert_eq!(environment.read("dist/hello-windows-amd64.exe"), b"old");
    let sums = String::from_utf8(environment.read("dist/SHA256SUMS")).expect("UTF-8");
    let listed: Vec<&str> = sums.lines().filter_map(|line| line.get(66..)).collect();
    assert_eq!(listed, ["hello-linux-amd64"]);
}

#[test]
fn two_programs_that_would_be_one_file_are_told() {
    let environment = TestEnvironment::with_watched_go().with_project("", &["a/tool", "b/tool"]);
    let args = [
        "dist",
        "-q",
        "--platform=linux/amd64",
        "./cmd/a/tool",
        "./cmd/b/tool",
    ];
    let bare = environment.run(args).ends_with(2);
    assert!(bare.talk().contains("two programs are to be "), "{bare}");
    let archives = environment
        .run([&args[..], &["--archive=zip"]].concat())
        .ends_with(2);
    assert!(
        archives.talk().contains("tool_dev_linux_amd64.zip"),
        "{archives}"
    );
    environment.assert_nothing_compiled();
}

#[test]
fn a_platform_that_go_does_not_know_or_that_needs_cgo_is_told_apart() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let platforms = "--platform=android/arm64,beos/amd64,linux/amd64/v9";
    insta::assert_snapshot!(environment.run(["dist", "-q", platforms]).ends_with(2).talk(), @"
    error: [plan] android/arm64: programs for android need cgo and its own C compiler, and coracle builds without
      hint: near it are darwin/arm64, freebsd/arm64, linux/arm64, netbsd/arm64, openbsd/arm64, windows/arm64
    error: [plan] beos/amd64: Go does not know this platform
      hint: near it are darwin/amd64, dragonfly/amd64, freebsd/amd64, illumos/amd64, linux/amd64, netbsd/amd64, openbsd/amd64, plan9/amd64, solaris/amd64, windows/amd64
    error: [plan] linux/amd64/v9: Go does not know the variant v9 of amd64
      hint: near it are linux/386, linux/amd64, linux/arm, linux/arm64, linux/loong64, linux/mips, linux/mips64, linux/mips64le, linux/mipsle, linux/ppc64, linux/ppc64le, linux/riscv64, linux/s390x
    ");
    environment.assert_nothing_compiled();
}
