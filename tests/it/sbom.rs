//! `coracle sbom`: what an image that is there consists of.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::base_image::BaseImage;
use crate::support::image::parse;
use crate::support::registry::FakeRegistry;
use crate::support::{TestEnvironment, go};

const BASE_STATUS: &str =
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\n";

fn built() -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    let platforms = "--platform=linux/amd64,linux/arm64";
    let outputs = ["-o", "archive=hello.tar", "-o", "layout=oci"];
    environment
        .run([&["build", platforms][..], &outputs[..]].concat())
        .success();
    environment
}

fn document(environment: &TestEnvironment, arguments: &[&str]) -> Value {
    let said = environment
        .run([&["sbom"][..], arguments].concat())
        .success();
    parse(said.stdout.as_bytes())
}

fn names(document: &Value) -> BTreeSet<&str> {
    let packages = document["packages"].as_array().expect("packages");
    let names = packages.iter().map(|package| package["name"].as_str());
    names.map(|name| name.expect("a name")).collect()
}

#[test]
fn every_package_has_a_version_and_the_program_is_there_with_go_itself() {
    let environment = built();
    let document = document(&environment, &["hello.tar", "--platform=linux/amd64"]);
    let packages = document["packages"].as_array().expect("packages");
    assert!(
        packages
            .iter()
            .all(|package| package["versionInfo"].is_string())
    );
    let names = names(&document);
    for name in [
        "example.com/hello",
        "stdlib",
        "toolchain",
        "tzdata",
        "debian",
        "hello",
    ] {
        assert!(names.contains(name), "no {name} in {names:?}");
    }
}

#[test]
fn the_same_image_gives_the_same_bytes_wherever_it_is() {
    let environment = built();
    let bytes = |image: &str, format: &str| {
        let said = environment
            .run(["sbom", image, "--format", format])
            .success();
        said.stdout
    };
    for format in ["spdx", "cyclonedx"] {
        let archive = bytes("hello.tar", format);
        assert_eq!(bytes("hello.tar", format), archive);
        assert_eq!(bytes("oci", format), archive);
        environment
            .run(["sbom", "oci", "--format", format, "-o", "sbom.json"])
            .success();
        let written = String::from_utf8(environment.read("sbom.json")).expect("text");
        assert_eq!(written, archive.trim_end());
    }
}

#[test]
fn an_image_of_a_registry_is_named_by_where_it_is() {
    let environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    environment.run(["push", "--repo", &repository]).success();
    let document = document(&environment, &[&format!("{repository}:latest")]);
    assert_eq!(document["name"], repository.as_str());
    let packages = document["packages"].as_array().expect("packages");
    let locators = packages
        .iter()
        .map(|package| &package["externalRefs"][0]["referenceLocator"]);
    let mut locators = locators.filter_map(Value::as_str);
    let image = locators.find(|locator| locator.starts_with("pkg:oci/hello@sha256%3A"));
    let image = image.expect("the image's package URL");
    assert!(image.contains("?arch=amd64&repository_url="), "{image}");
}

#[test]
fn packages_of_a_pulled_base_and_files_beside_the_program_are_listed() {
    let environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::start();
    let files = [
        ("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"),
        ("etc/own", "a file of the base\n"),
        ("var/lib/dpkg/status", BASE_STATUS),
    ];
    BaseImage::new("linux/amd64", &files).put(&registry, "team/base", "v1");
    let base = format!("{}:v1", registry.repository("team/base"));
    let config = format!(
        "[images.hello]\nbase = \"{base}\"\nfiles = [{{ from = \"greeting.txt\", to = \"/etc/greeting.txt\" }}]\n"
    );
    environment.write("coracle.toml", config);
    environment.write("greeting.txt", "hello\n");
    environment
        .run(["build", "-o", "archive=hello.tar"])
        .success();
    let document = document(&environment, &["hello.tar"]);
    assert!(names(&document).contains("libc6"));
    let packages = document["packages"].as_array().expect("packages");
    let files = packages
        .iter()
        .filter(|package| package["primaryPackagePurpose"] == "FILE");
    let files: Vec<&str> = files.filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(files, ["/etc/greeting.txt"]);
    let relations = document["relationships"].as_array().expect("relations");
    assert!(
        relations
            .iter()
            .any(|one| one["relationshipType"] == "DESCENDANT_OF")
    );
}

#[test]
fn a_replaced_module_is_named_with_what_it_stands_in_for() {
    let environment = TestEnvironment::new();
    environment.write(
        "go.mod",
        format!(
            "module example.com/app\n\ngo {}\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ./lib\n",
            go::wanted_version()
        ),
    );
    environment.write("lib/go.mod", "module example.com/lib\n");
    environment.write(
        "lib/lib.go",
        "package lib\n\nfunc Hello() { println(\"hello\") }\n",
    );
    environment.write(
        "main.go",
        "package main\n\nimport \"example.com/lib\"\n\nfunc main() { lib.Hello() }\n",
    );
    environment
        .run(["build", "-o", "archive=app.tar"])
        .success();
    let document = document(&environment, &["app.tar"]);
    let packages = document["packages"].as_array().expect("packages");
    let lib = packages
        .iter()
        .find(|package| package["name"] == "example.com/lib");
    assert_eq!(
        lib.expect("the module")["comment"],
        "coracle:replaces=example.com/lib@v1.0.0\ncoracle:replaced-by=./lib"
    );
}

#[test]
fn what_is_no_image_or_has_not_the_platform_is_refused() {
    let environment = built();
    environment
        .run(["sbom", "nothing.tar"])
        .ends_with(2)
        .says("neither a file that is there nor a reference")
        .says("name a file as in dist/server.tar");
    environment
        .run(["sbom", "oci", "--platform=linux/s390x"])
        .ends_with(1)
        .says("the image has no linux/s390x");
    environment
        .run(["sbom", "oci", "-o", "no/such/folder.json"])
        .ends_with(73)
        .says("cannot write the document");
}
