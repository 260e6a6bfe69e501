//! What source gets that cannot be built: the cause in the compiler's or git's own words, where it is, and what to do.

use std::path::Path;

use crate::support::git::{self, GitRepository};
use crate::support::samples::{GO_MOD, HELLO};
use crate::support::{Output, TestEnvironment};

/// Asserts the exit code, that nothing was written and that nothing drives the terminal; returns what is said.
#[track_caller]
fn said(output: &Output, code: i32) -> String {
    assert_eq!(output.code, Some(code), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    assert!(
        !output.stderr.contains(['\u{1b}', '\u{7}', '\u{9b}']),
        "{output}"
    );
    output.talk()
}

/// Builds what lies in the working folder, which cannot be, and returns what is said.
#[track_caller]
fn refused(environment: &TestEnvironment, code: i32) -> String {
    let before = environment.files();
    let said = said(&environment.run(["build", "-q"]), code);
    assert_eq!(environment.files(), before);
    said
}

/// Returns an environment with these files in the module `example.com/hello`.
fn module(files: &[(&str, &str)]) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("go.mod", GO_MOD);
    for (path, content) in files {
        environment.write(path, content);
    }
    environment
}

#[test]
fn no_go_mod() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("main.go", HELLO);
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] $TEST/work: there is no go.mod in this folder, nor in one above it
      hint: name the folder of a Go module: coracle -C DIR …
      hint: or make this one a module: go mod init example.com/name
    ");
    environment.assert_nothing_compiled();
}

#[test]
fn a_folder_that_is_not_there() {
    let environment = TestEnvironment::with_watched_go();
    let output = environment.run(["build", "-q", "-C", "none"]);
    insta::assert_snapshot!(said(&output, 2), @"
    error: [facts] $TEST/work/none: cannot open the folder
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_go_mod_that_is_damaged() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write(
        "go.mod",
        "module example.com/hello\n\ngo 1.26\n\nrequire (\n",
    );
    insta::assert_snapshot!(refused(&environment, 2), @r#"error: [facts] go.mod:5: the block of "require" is not closed"#);
}

#[test]
fn no_main_package() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", GO_MOD);
    environment.write("hello.go", "package hello\n");
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [plan] there is no main package here
      hint: a program needs `package main` and `func main()`; to look elsewhere, use -C DIR
    ");
    environment.assert_nothing_compiled();
}

#[test]
fn several_main_packages() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", GO_MOD);
    environment.write("cmd/server/main.go", HELLO);
    environment.write("cmd/migrate/main.go", HELLO);
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [plan] there are 2 main packages, and none is named
      hint: name one of ./cmd/migrate, ./cmd/server, as in: coracle build ./cmd/migrate
      hint: to describe them once and for all: coracle init
    ");
    environment.assert_nothing_compiled();
    environment
        .run(["build", "-q", "./cmd/server", "--dry-run"])
        .success();
}

#[test]
fn an_image_that_the_file_does_not_have() {
    let config =
        "[images.server]\nmain = \"cmd/server\"\n\n[images.migrate]\nmain = \"cmd/migrate\"\n";
    let environment = TestEnvironment::new().with_project(config, &["server", "migrate"]);
    let output = environment.run(["build", "-q", "sever"]);
    insta::assert_snapshot!(said(&output, 2), @"
    error: [plan] sever: there is no image of this name
      hint: coracle.toml has migrate, server
    ");
}

#[test]
fn a_main_package_path_that_is_none() {
    let environment = TestEnvironment::new().with_hello();
    let output = environment.run(["build", "-q", "./cmd/server"]);
    insta::assert_snapshot!(said(&output, 2), @"
    error: [plan] ./cmd/server: there is no main package in ./cmd/server
      hint: name one of ., as in: coracle build .
    ");
    let output = environment.run(["build", "-q", "../elsewhere"]);
    insta::assert_snapshot!(said(&output, 2), @r#"
    error: [plan] ../elsewhere: this is no main package of the project
      caused by: "../elsewhere" leads out of the project
    "#);
}

#[test]
fn an_image_whose_main_is_none() {
    let environment =
        TestEnvironment::new().with_project("[images.server]\nmain = \"cmd/sever\"\n", &["server"]);
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [plan] server: there is no main package in ./cmd/sever
      hint: name one of ./cmd/server, as in: coracle build ./cmd/server
    ");
}

#[test]
fn a_package_that_needs_cgo_is_named_with_its_importer() {
    let native = "package native\n\n// #include <math.h>\nimport \"C\"\n\nfunc Root() float64 { return float64(C.sqrt(2)) }\n";
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport \"example.com/hello/native\"\n\nfunc main() { println(native.Root()) }\n",
        ),
        ("native/native.go", native),
    ]);
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: example.com/hello/native (imported by example.com/hello) needs cgo: it has no Go files but those that import "C": native.go
      hint: coracle builds without cgo, so that programs are static: use a package in pure Go
    "#);
}

#[test]
fn files_that_are_dropped_without_cgo_are_a_warning() {
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport \"example.com/hello/both\"\n\nfunc main() { println(both.Name) }\n",
        ),
        ("both/both.go", "package both\n\nconst Name = \"pure\"\n"),
        (
            "both/fast.go",
            "package both\n\nimport \"C\"\n\nconst Fast = true\n",
        ),
    ]);
    let output = environment.run(["build"]).success();
    let talk = output.talk();
    let warning: Vec<&str> = talk
        .lines()
        .filter(|line| line.contains("import \"C\""))
        .collect();
    insta::assert_snapshot!(warning.join("\n"), @r#"warning: [compile] example.com/hello/both is compiled for linux/amd64 without its files that import "C": fast.go"#);
}

#[test]
fn a_main_package_that_is_all_cgo() {
    let environment = module(&[(
        "main.go",
        "package main\n\nimport \"C\"\n\nfunc main() {}\n",
    )]);
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: example.com/hello needs cgo: it has no Go files but those that import "C": main.go
      hint: coracle builds without cgo, so that programs are static: use a package in pure Go
    "#);
}

#[test]
fn a_compile_error_is_told_in_the_compilers_words() {
    let environment = module(&[
        (
            "main.go",
            "package main\n\nimport \"example.com/hello/deep/er\"\n\nfunc main() { er.Do() }\n",
        ),
        (
            "deep/er/er.go",
            "package er\n\nfunc Do() {\n\tx := 1\n\treturn 2\n}\n",
        ),
    ]);
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: deep/er/er.go:4:2: declared and not used: x
        deep/er/er.go:5:9: too many return values
        	have (number)
        	want ()
    ");
}

#[test]
fn a_compile_error_below_another_folder_is_told_with_paths_from_the_project() {
    let environment = TestEnvironment::new();
    environment.write("app/go.mod", GO_MOD);
    environment.write(
        "app/cmd/server/main.go",
        "package main\n\nfunc main() { undefined() }\n",
    );
    let output = environment.run(["build", "-q", "-C", "app", "./cmd/server"]);
    insta::assert_snapshot!(said(&output, 1), @"
    error: [compile] linux/amd64: cannot compile ./cmd/server
      caused by: cmd/server/main.go:3:15: undefined: undefined
    ");
}

#[test]
fn source_that_cannot_be_parsed() {
    let environment = module(&[("main.go", "package main\n\nfunc main() {\n")]);
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [compile] linux/amd64: cannot compile example.com/hello
      caused by: main.go:4:1: syntax error: unexpected EOF, expected }
    ");
}

#[test]
fn an_import_that_nothing_provides() {
    let main =
        "package main\n\nimport \"example.com/elsewhere\"\n\nfunc main() { elsewhere.Do() }\n";
    insta::assert_snapshot!(refused(&module(&[("main.go", main)]), 1), @"
    error: [modules] linux/amd64: cannot compile example.com/hello
      caused by: main.go:3:8: no required module provides package example.com/elsewhere; to add it:
        	go get example.com/elsewhere
      hint: if the import path is right, type: go mod tidy
    ");
}

#[test]
fn one_broken_image_loses_no_other() {
    let config = "[images.good]\nmain = \"cmd/good\"\n\n[images.bad]\nmain = \"cmd/bad\"\n";
    let environment = TestEnvironment::new().with_project(config, &["good"]);
    environment.write("cmd/bad/main.go", "package main\n\nfunc main() { x }\n");
    let output = environment.run(["build", "-q"]).ends_with(1);
    insta::assert_snapshot!(output.talk(), @"
    error: [compile] linux/amd64: cannot compile ./cmd/bad
      caused by: cmd/bad/main.go:3:15: undefined: x
    ");
    assert!(environment.files().contains(&"dist/good.tar".to_owned()));
    assert!(!environment.files().contains(&"dist/bad.tar".to_owned()));
}

#[test]
fn terminal_escapes_in_source_are_shown_harmless() {
    let main = "package main\n\nfunc main() { var \u{1b}[31mred = \"\u{9b}\" }\n";
    let environment = module(&[("main.go", main)]);
    let said = refused(&environment, 1);
    assert!(said.contains("main.go:3:"), "{said}");
    let main = "package main\n\nimport \"\\x1b[31m\"\n\nfunc main() {}\n";
    let said = refused(&module(&[("main.go", main)]), 1);
    assert!(said.contains("main.go:3:"), "{said}");
}

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

#[test]
fn a_repository_of_another_user_is_an_error_with_what_to_type() {
    let mut environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    // What git's own tests set, as only root can give a folder to somebody else.
    environment.set("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] git: git cannot tell the revision
      caused by: fatal: detected dubious ownership in repository at '$TEST/work'
        To add an exception for this directory, call:
        
        	git config --global --add safe.directory $TEST/work
      hint: the repository belongs to another user; if you trust it: git config --global --add safe.directory $TEST/work
      hint: or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…
    ");
    environment.write(
        "../home/.gitconfig",
        format!("[safe]\n\tdirectory = {}\n", environment.work().display()),
    );
    environment.run(["build", "-q"]).success();
}

#[test]
fn a_shallow_clone_without_tags_is_an_error_with_what_to_type() {
    let environment = TestEnvironment::new();
    let origin = environment.root().join("origin");
    copy_hello(&origin);
    let repository = GitRepository::create(&origin);
    repository.tag("v1.0.0");
    repository.commit_all("second");
    git::clone(
        &origin,
        &environment.work().join("clone"),
        &["--depth", "1"],
    );
    let output = environment.run_in("clone", ["build", "-q"]);
    insta::assert_snapshot!(said(&output, 2), @"
    error: [facts] git: this is a shallow clone, in which no tag can be seen
      hint: fetch the history with its tags: git fetch --unshallow --tags
      hint: in GitHub's checkout action, set fetch-depth: 0
      hint: or name the version yourself: --set stamp.version=v1.2.3
    ");
    environment
        .run_in("clone", ["build", "-q", "--set", "stamp.version=v1.0.1"])
        .success();
}

fn copy_hello(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("go.mod"), GO_MOD).expect("go.mod");
    std::fs::write(folder.join("main.go"), HELLO).expect("main.go");
}

#[test]
fn a_shallow_clone_of_a_tag_is_enough() {
    let environment = TestEnvironment::new();
    let origin = environment.root().join("origin");
    copy_hello(&origin);
    let repository = GitRepository::create(&origin);
    repository.commit_all("second");
    repository.tag("v1.0.0");
    git::clone(
        &origin,
        &environment.work().join("clone"),
        &["--depth", "1", "--branch", "v1.0.0"],
    );
    environment.run_in("clone", ["build", "-q"]).success();
}

#[test]
fn a_repository_without_git_on_path_is_an_error() {
    let environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    environment.remove_program("git");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] git: cannot ask git for the revision
      caused by: there is no git on the PATH
      hint: install git, as in: apt-get install git
      hint: or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…
    ");
}

#[test]
fn without_a_repository_git_is_not_needed() {
    let environment = TestEnvironment::new().with_hello();
    environment.remove_program("git");
    environment.run(["build", "-q"]).success();
}

#[test]
fn a_repository_that_is_damaged_is_an_error() {
    let environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    environment.write(".git/HEAD", "\u{1b}[31mgarbage\n");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] git: git cannot tell the revision
      caused by: fatal: not a git repository (or any of the parent directories): .git
      hint: there is a .git that is no repository: mend it, or take it away
      hint: or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…
    ");
}

#[test]
fn a_repository_that_names_programs_runs_none() {
    let environment = TestEnvironment::new().with_hello();
    let repository = GitRepository::create(environment.work());
    let ran = environment.root().join("ran");
    environment.write_program("spy", &format!("echo > {}\n", ran.display()));
    let spy = environment.root().join("bin/spy").display().to_string();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "gpg.program",
        "diff.external",
    ] {
        repository.git(["config", key, &spy]);
    }
    repository.git(["config", "log.showSignature", "true"]);
    environment.run(["build", "-q"]).success();
    assert!(!ran.exists());
}

#[test]
fn a_go_that_is_too_old_and_none_to_be_had_is_an_error() {
    let mut environment = TestEnvironment::new().with_hello();
    environment.write(".go-version", "1.99.9\n");
    environment.set("GOPROXY", "off");
    let said = refused(&environment, 69);
    assert!(said.contains("1.99.9"), "{said}");
}
