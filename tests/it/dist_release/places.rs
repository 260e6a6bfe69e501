//! Folders that take no files, and files that would be one.

use std::os::unix::fs::PermissionsExt as _;

use super::{check_sums, dist, names, released};
use crate::support::TestEnvironment;
use crate::support::bound_user::set_mode;
use crate::support::git::GitRepository;
use crate::support::programs;
use crate::support::running::{Signal, until};

#[test]
fn a_folder_that_is_none_is_told_before_anything_is_compiled() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("dist", "mine");
    dist(&environment, &[])
        .ends_with(73)
        .says("error: [publish] dist/hello-linux-amd64: cannot write the file")
        .says("dist is a file, expected a folder")
        .says("hint: name another folder with --output");
    assert_eq!(environment.read("dist"), b"mine");
    std::fs::create_dir_all(environment.work().join("out/SHA256SUMS")).expect("a folder");
    dist(&environment, &["-o", "out"])
        .ends_with(73)
        .says("error: [publish] out/SHA256SUMS: cannot write the file")
        .says("there is a folder in its place");
    let folder = environment.work().join("sealed");
    std::fs::create_dir(&folder).expect("a folder");
    set_mode(&folder, 0o555);
    let args = ["dist", "--platform=linux/amd64", "-o", "sealed"];
    let output = environment.run_bound(args).ends_with(73);
    set_mode(&folder, 0o755);
    let output = output
        .says("error: [publish] sealed/hello-linux-amd64: cannot write the file")
        .says("hint: name another folder with --output");
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
      hint: near it are linux/amd64, linux/amd64/v1, linux/amd64/v2, linux/amd64/v3, linux/amd64/v4
    ");
    environment.assert_nothing_compiled();
}

const LINUX: &str = "hello-linux-amd64";
const WINDOWS: &str = "hello-windows-amd64.exe";

/// A release of the project in `dist/` with sums, bills of materials and signatures of all of them; then
/// the program changed.
fn changed_since_signed(environment: TestEnvironment) -> TestEnvironment {
    let environment = environment.signing();
    dist(&environment, &["--sign", "--sbom=spdx,cyclonedx"]).success();
    assert_eq!(names(&environment, "dist").len(), 14);
    environment.write("main.go", "package main\n\nfunc main() { println(2) }\n");
    environment
}

/// Asserts that in `dist/` are the program for linux, alone, and what was said of the one for windows, and
/// beside them what is `expected`.
fn only_windows_is_vouched_for(environment: &TestEnvironment, expected: &[&str]) {
    let of_windows = ["", ".cdx.json", ".spdx.json"]
        .into_iter()
        .flat_map(|ending| ["", ".sigstore.json"].map(|seal| format!("{WINDOWS}{ending}{seal}")));
    let mut all: Vec<String> = of_windows.chain([LINUX.to_owned()]).collect();
    all.extend(expected.iter().map(ToString::to_string));
    all.sort();
    assert_eq!(names(environment, "dist"), all);
}

#[test]
fn what_was_said_of_files_that_are_replaced_goes_with_them() {
    let environment = changed_since_signed(released());
    dist(&environment, &[]).success();
    assert_eq!(names(&environment, "dist"), ["SHA256SUMS", LINUX, WINDOWS]);
    check_sums(&environment.work().join("dist"));
}

#[test]
fn what_is_said_of_files_that_are_not_replaced_stays() {
    let environment = changed_since_signed(released());
    environment.write(
        "lucky_windows.go",
        "package main\n\nfunc init() { undefined() }\n",
    );
    dist(&environment, &[]).ends_with(1);
    only_windows_is_vouched_for(&environment, &["SHA256SUMS"]);
    check_sums(&environment.work().join("dist"));
}

#[test]
fn a_run_that_is_stopped_leaves_no_sums_of_what_it_replaced() {
    let environment = TestEnvironment::without_go().with_hello();
    environment.write(".gitignore", "dist/\n");
    GitRepository::create(environment.work()).tag("v1.2.3");
    environment.write_go("");
    let environment = changed_since_signed(environment);
    let sleep = programs::find("sleep");
    environment.write_go(&format!(
        "if [ \"$GOOS\" = windows ]; then exec {} 600; fi",
        sleep.display()
    ));
    let first = environment.read(format!("dist/{LINUX}"));
    let args = [
        "dist",
        "--jobs=2",
        "--sign",
        "--platform=linux/amd64,windows/amd64",
    ];
    let running = environment.start(&args);
    until("a file is replaced, and signed", || {
        let seal = format!("dist/{LINUX}.sigstore.json");
        environment.read(format!("dist/{LINUX}")) != first
            && environment.work().join(seal).is_file()
    });
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
    let seal = format!("{LINUX}.sigstore.json");
    only_windows_is_vouched_for(&environment, &[&seal]);
}

#[test]
fn a_folder_that_may_only_be_read_keeps_what_was_there() {
    let environment = changed_since_signed(released());
    let before = names(&environment, "dist");
    let read = |name: &String| environment.read(format!("dist/{name}"));
    let content: Vec<Vec<u8>> = before.iter().map(read).collect();
    let folder = environment.work().join("dist");
    set_mode(&folder, 0o555);
    let output = environment.run_bound(["dist", "--platform=linux/amd64"]);
    set_mode(&folder, 0o755);
    let output = output.ends_with(73).says("error: [publish] dist/");
    assert!(output.talk().contains("ermission denied"), "{output}");
    assert_eq!(names(&environment, "dist"), before);
    assert!(before.iter().map(read).collect::<Vec<_>>() == content);
}
