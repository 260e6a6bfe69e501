//! What coracle wrote earlier is no part of what it copies.

use crate::support::TestEnvironment;
use crate::support::layout::Layout;

const ALL: &str = "[images.hello]\nfiles = [{ from = \".\", to = \"/src\" }]\n";

fn copying(config: &str) -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    environment.write("coracle.toml", config);
    environment
}

/// Returns the paths in the layer of files of the image that was built.
fn copied(environment: &TestEnvironment) -> Vec<String> {
    let image = Layout::in_archive(&environment.work().join("dist/hello.tar")).image("latest");
    let paths = image.layers[1].paths().into_iter();
    paths.map(str::to_owned).collect()
}

#[test]
fn the_second_build_of_a_whole_folder_is_the_first() {
    let environment = copying(ALL);
    let build = || environment.run(["build", "-q"]).success().stdout;
    let first = build();
    assert_eq!(build(), first);
    environment.run(["dist", "-q"]).success();
    assert_eq!(build(), first);
    let release = ["dist", "-q", "--archive=zip", "--sbom=spdx"];
    environment.run(release).success();
    assert_eq!(build(), first);
}

#[test]
fn what_goes_to_other_places_is_left_out_too() {
    let environment = copying(ALL);
    let absolute = format!("archive={}", environment.work().join("x/y.tar").display());
    let outputs = [
        "-o",
        "archive=out/{name}-{version}.tar",
        "-o",
        "layout=oci",
        "-o",
        &absolute,
    ];
    let build = || {
        let said = environment.run([&["build", "-q"], outputs.as_slice()].concat());
        said.success().stdout
    };
    let first = build();
    assert_eq!(build(), first);
}

#[test]
fn what_others_put_beside_it_is_copied() {
    let environment = copying(ALL);
    environment.write("dist/site.css", "a\n");
    environment.run(["build", "-q"]).success();
    environment.run(["build", "-q"]).success();
    let names = copied(&environment);
    assert!(names.contains(&"src/dist/site.css".to_owned()), "{names:?}");
    assert!(
        !names.contains(&"src/dist/hello.tar".to_owned()),
        "{names:?}"
    );
}

#[test]
fn plain_programs_are_copied_where_their_folder_is_named() {
    let environment = copying("[images.hello]\nfiles = [{ from = \"dist\", to = \"/dist\" }]\n");
    environment
        .run(["dist", "-q", "--platform=linux/arm64"])
        .success();
    environment.run(["build", "-q"]).success();
    let names = copied(&environment);
    assert!(
        names.contains(&"dist/hello-linux-arm64".to_owned()),
        "{names:?}"
    );
}
