//! Bills of materials, judged by those who define their forms and read by those who use them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::image::parse;
use crate::support::python::PythonPackages;
use crate::support::tools::{self, Tool};

const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/amd64,linux/arm64"];

/// Writes the documents of images for one platform and for two, with a file beside the program.
fn documents(format: &str) -> (TestEnvironment, Vec<PathBuf>) {
    let environment = TestEnvironment::new().with_hello();
    environment.write(
        "coracle.toml",
        "[images.hello]\nfiles = [{ from = \"main.go\", to = \"/src/main.go\" }]\n",
    );
    let documents = PLATFORMS.map(|platforms| {
        environment
            .run(["build", "--platform", platforms, "-o", "archive=hello.tar"])
            .success();
        let name = format!("{}.{format}.json", platforms.len());
        environment
            .run(["sbom", "hello.tar", "--format", format, "-o", &name])
            .success();
        environment.work().join(name)
    });
    (environment, documents.to_vec())
}

fn validators() -> PythonPackages {
    PythonPackages::get("sbom-validators")
}

/// Runs a program to a good end, and returns what it printed.
#[track_caller]
fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout
}

#[test]
fn spdx_documents_are_valid() {
    let (_environment, documents) = documents("spdx");
    for document in documents {
        // It takes the form from the name.
        let named = document.with_extension("spdx.json");
        std::fs::copy(&document, &named).expect("a copy");
        output_of(
            validators()
                .program("pyspdxtools")
                .arg("--infile")
                .arg(named),
        );
    }
}

#[test]
fn spdx_documents_have_what_the_ntia_wants() {
    let (_environment, documents) = documents("spdx");
    for document in documents {
        let mut check = validators().program("ntia-checker");
        let said = output_of(check.arg("--file").arg(document));
        assert!(said.contains("Conformant: True"), "{said}");
    }
}

#[test]
fn cyclonedx_documents_are_what_their_schema_says() {
    let (_environment, documents) = documents("cyclonedx");
    let validators = validators();
    let schema = validators.file("cyclonedx", "schema/_res/bom-1.6.SNAPSHOT.schema.json");
    for document in documents {
        let folder = schema.parent().expect("the folder of schemas");
        let mut check = validators.program("check-jsonschema");
        check.arg("--schemafile").arg(&schema);
        // The schema names others that lie beside it.
        check
            .arg("--base-uri")
            .arg(format!("file://{}/", folder.display()));
        output_of(check.arg(document));
    }
}

#[test]
fn syft_reads_the_same_packages_out_of_either_form() {
    let expected =
        |document: &Path| packages(document, |kind| kind == "go-module" || kind == "deb");
    let (_spdx, spdx) = documents("spdx");
    let (_cyclonedx, cyclonedx) = documents("cyclonedx");
    for (spdx, cyclonedx) in spdx.iter().zip(&cyclonedx) {
        let found = expected(spdx);
        assert_eq!(found, expected(cyclonedx));
        for name in ["stdlib", "example.com/hello", "tzdata", "ca-certificates"] {
            let is_named = |package: &String| package.starts_with(&format!("{name} "));
            assert!(found.iter().any(is_named), "no {name} in {found:?}");
        }
        assert!(
            found.iter().all(|package| !package.ends_with(' ')),
            "{found:?}"
        );
    }
}

/// Returns the packages of some kinds that syft reads, `NAME VERSION`, sorted.
fn packages(document: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut convert = Command::new(tools::get(Tool::Syft));
    convert
        .arg("convert")
        .arg(document)
        .args(["-o", "syft-json"]);
    let document = parse(output_of(convert.env("SYFT_CHECK_FOR_APP_UPDATE", "false")).as_bytes());
    let artifacts = document["artifacts"].as_array().expect("artifacts");
    let text =
        |artifact: &Value, name: &str| artifact[name].as_str().unwrap_or_default().to_owned();
    let mut packages: Vec<String> = artifacts
        .iter()
        .filter(|artifact| is_wanted(&text(artifact, "type")))
        .map(|artifact| format!("{} {}", text(artifact, "name"), text(artifact, "version")))
        .collect();
    packages.sort();
    packages
}
