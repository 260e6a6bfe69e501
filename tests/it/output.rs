//! Where results go when they cannot: nothing is half-written, and the exit code is 73.

use std::fs::File;
use std::os::unix::net::UnixListener;

use crate::support::{Output, TestEnvironment};

#[track_caller]
fn fails_to_write(environment: &TestEnvironment, args: &[&str]) -> Output {
    let before = environment.files();
    let output = environment.run(args).ends_with(73);
    assert_eq!(environment.files(), before);
    output
}

fn hello() -> TestEnvironment {
    TestEnvironment::new().with_hello()
}

#[test]
fn an_archive_in_a_folder_that_is_a_file() {
    let output = fails_to_write(
        &hello(),
        &["build", "-q", "-o", "archive=main.go/hello.tar"],
    );
    insta::assert_snapshot!(output, @"
    exit: 73
    stdout:
    stderr:
    error: [publish] archive=main.go/hello.tar: cannot write the archive
      caused by: Not a directory (os error 20)
      hint: free some space, or name another place with --output
    ");
}

#[test]
fn a_layout_in_a_folder_that_is_a_file() {
    let output = fails_to_write(&hello(), &["build", "-q", "-o", "layout=main.go/hello"]);
    insta::assert_snapshot!(output, @"
    exit: 73
    stdout:
    stderr:
    error: [publish] layout=main.go/hello: cannot write the layout
      caused by: Not a directory (os error 20)
      hint: free some space, or name another place with --output
    ");
}

#[test]
fn an_archive_where_a_folder_is() {
    let environment = hello();
    environment.write("out/keep", "");
    insta::assert_snapshot!(fails_to_write(&environment, &["build", "-q", "-o", "archive=out"]), @"
    exit: 73
    stdout:
    stderr:
    error: [publish] archive=out: cannot write the archive
      caused by: it is a folder, expected the name of a file
      hint: name another place with --output
    ");
}

#[test]
fn a_layout_where_a_file_is() {
    let output = fails_to_write(&hello(), &["build", "-q", "-o", "layout=main.go"]);
    insta::assert_snapshot!(output, @"
    exit: 73
    stdout:
    stderr:
    error: [publish] layout=main.go: cannot write the layout
      caused by: Not a directory (os error 20)
      hint: free some space, or name another place with --output
    ");
}

#[test]
fn programs_in_a_folder_that_is_a_file() {
    let environment = hello();
    let args = [
        "dist",
        "-q",
        "--platform",
        "linux/amd64",
        "-o",
        "main.go/dist",
    ];
    let output = environment.run(args).ends_with(73);
    assert_eq!(environment.files(), ["go.mod", "main.go"]);
    insta::assert_snapshot!(output.talk(), @"
    error: [publish] main.go/dist/hello-linux-amd64: cannot write the file
      caused by: main.go is a file, expected a folder
      hint: name another folder with --output, as in: coracle dist -o release
    ");
}

#[test]
fn a_cache_folder_that_is_a_file() {
    let mut environment = hello();
    environment.set("CORACLE_CACHE", environment.work().join("main.go"));
    insta::assert_snapshot!(fails_to_write(&environment, &["build", "-q"]), @"
    exit: 73
    stdout:
    stderr:
    error: [config] there is no place for what is built
      caused by: cannot write to the cache folder $TEST/work/main.go
      caused by: Not a directory (os error 20)
      hint: name another folder: CORACLE_CACHE=/var/tmp/coracle
    ");
}

#[test]
fn a_trace_that_cannot_be_written() {
    let output = fails_to_write(&hello(), &["build", "-q", "--trace", "main.go/trace"]);
    insta::assert_snapshot!(output, @"
    exit: 73
    stdout:
    stderr:
    error: [report] main.go/trace: cannot write the trace
      caused by: Not a directory (os error 20)
      hint: name a file that can be written: --trace /tmp/trace.json
    ");
}

#[test]
fn a_trace_on_a_full_disk() {
    let output = fails_to_write(&hello(), &["build", "-q", "--trace", "/dev/full"]);
    insta::assert_snapshot!(output.talk(), @"
    error: [report] /dev/full: cannot write the trace
      caused by: No space left on device (os error 28)
      hint: name a file that can be written: --trace /tmp/trace.json
    ");
}

#[test]
fn an_archive_where_something_is_that_is_no_file() {
    let environment = hello();
    let _listener = UnixListener::bind(environment.work().join("socket")).expect("a socket");
    let args = ["build", "-q", "-o", "archive=socket"];
    insta::assert_snapshot!(fails_to_write(&environment, &args), @"
    exit: 73
    stdout:
    stderr:
    error: [publish] archive=socket: cannot write the archive
      caused by: there is something that is no file, expected the name of a file
      hint: name another place with --output
    ");
    let link = environment.work().join("link");
    std::os::unix::fs::symlink("socket", link).expect("a link");
    let args = ["build", "-q", "-o", "archive=link"];
    fails_to_write(&environment, &args).says("is no file");
}

/// Runs with a stdout that takes nothing, as one on a full disk.
fn with_full_stdout(environment: &TestEnvironment, args: &[&str]) -> Output {
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let mut command = environment.coracle(args);
    let output = command
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .spawn();
    let output = output
        .and_then(std::process::Child::wait_with_output)
        .expect("an end");
    environment.output(&output)
}

#[test]
fn a_stdout_that_is_full() {
    let environment = hello();
    for args in [
        ["build", "-q", "--dry-run"].as_slice(),
        &["build", "-q", "--json"],
        &["build", "-q"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
        &["init", "--dry-run"],
        &["cache", "list"],
        &["dist", "-q", "--platform", "linux/amd64"],
    ] {
        let output = with_full_stdout(&environment, args).ends_with(73);
        assert!(
            output.talk().contains("cannot write to stdout"),
            "{args:?}: {output}"
        );
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let environment = hello();
    let mut child = environment
        .coracle(["schema"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("coracle starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    environment.output(&output).success();
}
