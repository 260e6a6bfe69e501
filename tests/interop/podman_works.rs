//! podman runs images on this machine at all, whoever made them.

use std::path::Path;

use crate::podman::Podman;
use crate::support::tools::{self, Tool};
use crate::support::{TestEnvironment, go};

#[test]
fn podman_runs_an_image_that_crane_made() {
    let environment = TestEnvironment::new();
    environment.write("go.mod", "module tiny\n\ngo 1.26\n");
    environment.write(
        "main.go",
        "package main\n\nfunc main() { print(\"hello\") }\n",
    );
    let mut build = environment.command(go::program());
    build.args(["build", "-o", "tiny"]).env("CGO_ENABLED", "0");
    environment.run_command(&mut build).success();
    environment.write("layer.tar", tar_of(&environment.work().join("tiny")));
    let mut append = environment.command(tools::get(Tool::Crane));
    append.args([
        "append",
        "--new_layer=layer.tar",
        "--new_tag=tiny:v1",
        "--output=tiny.tar",
    ]);
    environment.run_command(&mut append).success();

    let podman = Podman::new();
    let names = podman.load(&environment.work().join("tiny.tar"));
    assert_eq!(names, ["localhost/tiny:v1"]);
    let ran = podman.run(&["--entrypoint", "/tiny"], &names[0], &[]);
    assert_eq!(ran.stderr, "hello");
}

fn tar_of(program: &Path) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_path_with_name(program, "tiny")
        .expect("an entry");
    tar.into_inner().expect("a tar")
}
