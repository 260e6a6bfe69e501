//! `coracle inspect`: what is in an image that is there already.

use serde_json::Value;

use crate::support::image::parse;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment, schema};

fn built() -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    let platforms = "--platform=linux/amd64,linux/arm64";
    environment
        .run([
            "build",
            platforms,
            "-o",
            "archive=hello.tar",
            "-o",
            "layout=oci",
        ])
        .success();
    environment
}

fn document(output: &Output) -> Value {
    parse(output.stdout.as_bytes())
}

#[test]
fn an_archive_is_shown_with_its_layers_packages_and_programs() {
    let environment = built();
    let said = environment
        .run(["inspect", "hello.tar", "--platform=linux/amd64"])
        .success();
    for text in [
        "linux/amd64",
        "user         65532:65532",
        "entrypoint   [\"/hello\"]",
        "layer 1, 357.5 KB, the embedded base static",
        "packages     base-files ",
        "program /hello,",
        "package      example.com/hello",
        "CGO_ENABLED=0",
    ] {
        assert!(said.stdout.contains(text), "no {text:?}\n{said}");
    }
    assert!(!said.stdout.contains("linux/arm64"), "{said}");
}

#[test]
fn archive_layout_and_registry_show_the_same_image() {
    let environment = built();
    let registry = FakeRegistry::start();
    let repository = registry.repository("hello");
    let platforms = "--platform=linux/amd64,linux/arm64";
    environment
        .run(["push", platforms, "--repo", &repository])
        .success();
    let images = |name: &str| {
        let said = environment
            .run(["inspect", name, "--json", "--files"])
            .success();
        document(&said)["images"].clone()
    };
    let archive = images("hello.tar");
    assert_eq!(archive.as_array().map(Vec::len), Some(2));
    assert_eq!(images("oci"), archive);
    assert_eq!(images(&format!("{repository}:latest")), archive);
}

#[test]
fn the_document_is_what_its_schema_says() {
    let environment = built();
    let wanted = document(&environment.run(["schema", "inspection"]).success());
    let found = document(&environment.run(["inspect", "oci", "--json"]).success());
    schema::assert_valid(&found, &wanted);
}

#[test]
fn what_is_no_image_is_said_to_be_none() {
    let environment = TestEnvironment::new();
    environment.write("notes.txt", "no tar\n".repeat(200));
    let said = environment.run(["inspect", "notes.txt"]).ends_with(1);
    said.says("cannot read this image").says("it is not a tar");
    let said = environment.run(["inspect", "nothing.tar"]).ends_with(2);
    said.says("neither a file that is there nor a reference");
}

#[test]
fn an_archive_that_was_cut_off_is_refused() {
    let environment = built();
    let archive = environment.read("hello.tar");
    environment.write("cut.tar", &archive[..archive.len() / 2]);
    environment
        .run(["inspect", "cut.tar"])
        .ends_with(1)
        .says("cannot read this image");
}

#[test]
fn a_layer_that_is_not_what_it_is_called_is_refused() {
    let environment = built();
    let index = parse(&environment.read("oci/index.json"));
    let blob = |digest: &Value| {
        format!(
            "oci/blobs/sha256/{}",
            digest.as_str().unwrap_or_default().replace("sha256:", "")
        )
    };
    let platforms = parse(&environment.read(blob(&index["manifests"][0]["digest"])));
    let manifest = parse(&environment.read(blob(&platforms["manifests"][0]["digest"])));
    let layer = blob(&manifest["layers"][1]["digest"]);
    let mut bytes = environment.read(&layer);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    environment.write(&layer, bytes);
    environment
        .run(["inspect", "oci"])
        .ends_with(1)
        .says("its digest is sha256:");
}

#[test]
fn one_of_several_images_is_chosen_by_its_tag() {
    let environment = TestEnvironment::new().with_hello();
    environment
        .run(["build", "-o", "layout=oci", "--tag=v1"])
        .success();
    environment.write(
        "main.go",
        "package main\n\nfunc main() { println(\"other\") }\n",
    );
    environment
        .run(["build", "-o", "layout=oci", "--tag=v2"])
        .success();
    let said = environment.run(["inspect", "oci"]).ends_with(1);
    said.says("it holds several images, and none is named")
        .says("v1, v2");
    environment.run(["inspect", "oci:v1"]).success();
    environment
        .run(["inspect", "oci:v3"])
        .ends_with(1)
        .says("it holds no such image");
}

#[test]
fn a_platform_that_an_image_lacks_is_answered_with_those_that_it_has() {
    let environment = built();
    let args = ["inspect", "-q", "oci", "--platform=linux/s390x"];
    insta::assert_snapshot!(environment.run(args).ends_with(1).talk(), @"
    error: [inspect] oci: the image has no linux/s390x
      hint: it has linux/amd64, linux/arm64
    ");
}
