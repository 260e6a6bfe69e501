//! Names that mean something to others, and a home that is not there.

use super::{module, refused, said};
use crate::support::TestEnvironment;
use crate::support::git::GitRepository;
use crate::support::samples::{GO_MOD, HELLO};

#[test]
fn terminal_escapes_in_the_names_of_files_and_folders_are_shown_harmless() {
    let environment = module(&[
        ("cmd/\u{1b}[31mred/main.go", HELLO),
        ("cmd/server/main.go", HELLO),
        (
            "cmd/server/\u{7}bell.go",
            "package main\n\nfunc bell() { x }\n",
        ),
    ]);
    said(&environment.run(["build", "-q", "./cmd/server"]), 1);
    said(&environment.run(["build", "-q"]), 2);
    said(
        &environment.run(["build", "-q", "./cmd/\u{1b}[31mred\u{7}"]),
        2,
    );
    said(&environment.run(["build", "-q", "-C", "\u{1b}[31m"]), 2);
}

/// A project in the folder `-app`, whose file is called `-config.yaml`.
fn with_dashes(main: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("-app/go.mod", GO_MOD);
    environment.write(format!("-app/{main}/main.go"), HELLO);
    environment.write("-app/-config.yaml", "a: 1\n");
    let rule = "{ from = \"-config.yaml\", to = \"/-config.yaml\" }";
    environment.write(
        "-app/-coracle.toml",
        format!("[images.server]\nmain = \"{main}\"\nfiles = [{rule}]\n"),
    );
    GitRepository::create(environment.work());
    environment
}

#[test]
fn a_path_that_starts_with_a_dash_is_a_path() {
    let environment = with_dashes("cmd");
    let in_app = ["-q", "-C", "-app", "--config", "-coracle.toml"];
    let run = |verb: &str, flags: &[&str]| {
        environment
            .run([&[verb], in_app.as_slice(), flags].concat())
            .success();
    };
    run("build", &["-o", "archive=-out.tar", "-o", "layout=-layout"]);
    run("build", &["--trace", "-trace", "--dry-run"]);
    run("dist", &["--platform", "linux/amd64", "-o", "-dist"]);
    let files = environment.files();
    for file in [
        "-app/-out.tar",
        "-app/-layout/index.json",
        "-app/-dist/cmd-linux-amd64",
        "-app/-trace",
    ] {
        assert!(files.iter().any(|path| path == file), "{file}: {files:?}");
    }
}

#[test]
fn a_main_package_that_starts_with_a_dash_is_refused_in_gos_words() {
    let environment = with_dashes("-cmd");
    let output = environment.run_in("-app", ["build", "-q", "--", "./-cmd"]);
    insta::assert_snapshot!(said(&output, 1), @r#"
    error: [compile] linux/amd64: cannot compile ./-cmd
      caused by: example.com/hello/-cmd: invalid input directory name "-cmd"
    "#);
}

#[test]
fn home_is_not_needed_where_all_folders_are_named() {
    let mut environment = TestEnvironment::new().with_hello();
    environment.unset("HOME");
    environment.run(["build", "-q"]).success();
}

#[test]
fn without_home_and_cache_folder_the_error_says_what_to_set() {
    let mut environment = TestEnvironment::new().with_hello();
    environment.unset("HOME");
    environment.unset("CORACLE_CACHE");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [config] there is no folder for the cache: none of CORACLE_CACHE, XDG_CACHE_HOME and HOME is set
      hint: name one: CORACLE_CACHE=/var/tmp/coracle
    ");
}
