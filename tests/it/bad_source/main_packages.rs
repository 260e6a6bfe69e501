//! Projects without a module or a main package, or with several.

use super::{refused, said};
use crate::support::TestEnvironment;
use crate::support::samples::{GO_MOD, HELLO};

#[test]
fn no_go_mod() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("main.go", HELLO);
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] $TEST/work: there is no go.mod in this folder, nor in one above it
      hint: name the folder of a Go module: coracle build -C DIR
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
      hint: of this path there is $TEST/work
    ");
}

#[test]
fn a_go_mod_that_is_damaged() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write(
        "go.mod",
        "module example.com/hello\n\ngo 1.26\n\nrequire (\n",
    );
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [facts] go.mod:5: the block of "require" is not closed
      hint: correct the line; what the go command makes of it: go mod edit -json go.mod
    "#);
}

#[test]
fn no_main_package() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", GO_MOD);
    environment.write("hello.go", "package hello\n");
    insta::assert_snapshot!(refused(&environment, 1), @"
    error: [plan] there is no main package here
      hint: a program needs `package main` and `func main()`
      hint: or look elsewhere: coracle build -C DIR
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
fn several_main_packages_are_listed_from_where_the_user_stands() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", GO_MOD);
    environment.write("main.go", HELLO);
    environment.write("cmd/server/main.go", HELLO);
    environment.write("tools/gen/main.go", HELLO);
    for verb in ["dist", "push"] {
        let said = said(&environment.run_in("cmd/server", [verb, "-q"]), 2);
        let wanted =
            format!("hint: name one of ../.., ., ../../tools/gen, as in: coracle {verb} ../..\n");
        assert!(said.contains(&wanted), "{said}");
    }
    let args = ["build", "-q", "--dry-run", "../../tools/gen"];
    environment.run_in("cmd/server", args).success();
}

#[test]
fn two_programs_of_one_name_do_not_take_each_others_place() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", GO_MOD);
    environment.write("old/server/main.go", HELLO);
    environment.write("new/server/main.go", HELLO);
    let both = ["./old/server", "./new/server"];
    let build = [&["build", "-q"], both.as_slice()].concat();
    insta::assert_snapshot!(said(&environment.run(build), 2), @"
    error: [plan] server: two images are called server, and both would be archive=dist/server.tar
      hint: give them names of their own in coracle.toml, which this writes: coracle init
    ");
    let push = ["push", "-q", "--repo", "registry.example.com/{name}"];
    let push = [push.as_slice(), &both].concat();
    insta::assert_snapshot!(said(&environment.run(push), 2), @"
    error: [plan] server: two images are called server, and both would be registry.example.com/server:latest
      hint: give them names of their own in coracle.toml, which this writes: coracle init
    ");
    environment.assert_nothing_compiled();
}

#[test]
fn an_image_that_is_named_twice_is_built_once() {
    let config = "[images.api]\nmain = \"cmd/server\"\n";
    let environment = TestEnvironment::new().with_project(config, &["server"]);
    let output = environment.run(["build", "-q", "api", "./cmd/server", "api"]);
    assert_eq!(output.success().stdout.lines().count(), 1);
}

#[test]
fn an_image_that_the_file_does_not_have() {
    let config =
        "[images.server]\nmain = \"cmd/server\"\n\n[images.migrate]\nmain = \"cmd/migrate\"\n";
    let environment = TestEnvironment::new().with_project(config, &["server", "migrate"]);
    let output = environment.run(["build", "-q", "sever"]);
    insta::assert_snapshot!(said(&output, 2), @"
    error: [plan] sever: there is no image of this name
      hint: the images here are migrate, server
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
