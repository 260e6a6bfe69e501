//! What is said of the files of a release, and signatures that cosign checks.

use super::{check_sums, dist, names, released};
use crate::support::image::parse;
use crate::support::keys::PASSWORD;
use crate::support::registry::digest_of;
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment};

/// Verifies a file of the release by cosign.
fn verify(environment: &TestEnvironment, tool: Tool, key: &str, file: &str) -> Output {
    let root = environment.root().join("trusted-root.json");
    let empty = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    std::fs::write(&root, empty).expect("a root of trust");
    let file = environment.work().join("dist").join(file);
    let seal = format!("{}.sigstore.json", file.display());
    let mut cosign = environment.command(tools::get(tool));
    cosign
        .args([
            "verify-blob",
            "--insecure-ignore-tlog",
            "--key",
            key,
            "--bundle",
            &seal,
        ])
        .env("COSIGN_PASSWORD", PASSWORD);
    if tool == Tool::Cosign2 {
        cosign
            .arg("--new-bundle-format")
            .arg("--trusted-root")
            .arg(root);
    }
    environment.run_command(cosign.arg(file))
}

#[test]
fn cosign_verifies_every_file_of_a_release_and_the_list_of_sums() {
    let environment = released().signing();
    environment.make_key("other");
    let flags = ["--archive=tar.gz", "--sbom=spdx", "--sign"];
    dist(&environment, &flags).success();
    let (key, other) = (
        environment.public_key("signer"),
        environment.public_key("other"),
    );
    let all = names(&environment, "dist");
    let is_seal = |name: &&String| name.ends_with(".sigstore.json");
    let (seals, files): (Vec<&String>, Vec<&String>) = all.iter().partition(is_seal);
    assert_eq!((files.len(), seals.len()), (5, 5), "{all:?}");
    for tool in [Tool::Cosign3, Tool::Cosign2] {
        for file in &files {
            verify(&environment, tool, &key, file).success();
        }
        verify(&environment, tool, &other, "SHA256SUMS").ends_with(1);
    }
    // Signatures are in no list: they prove themselves.
    assert_eq!(
        check_sums(&environment.work().join("dist")).lines().count(),
        4
    );
    environment.write("dist/SHA256SUMS", "another\n");
    verify(&environment, Tool::Cosign3, &key, "SHA256SUMS").ends_with(1);
}

#[test]
fn a_key_signs_the_same_each_time() {
    let environment = released().signing();
    let read = || environment.read("dist/hello-linux-amd64.sigstore.json");
    dist(&environment, &["--sign"]).success();
    let first = read();
    dist(&environment, &["--sign"]).success();
    assert_eq!(first, read());
}

#[test]
fn where_nobody_signs_nothing_is_compiled() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    dist(&environment, &["--sign"])
        .ends_with(2)
        .says("nobody is there to sign")
        .says("hint: name a key: CORACLE_KEY");
    let mut environment = environment.signing();
    environment.set("CORACLE_KEY_PASSWORD", "wrong");
    dist(&environment, &["--sign"])
        .ends_with(2)
        .says("password");
    environment.assert_nothing_compiled();
}

#[test]
fn bills_of_materials_are_about_the_program_and_name_its_digest_and_version() {
    let environment = released();
    dist(&environment, &["--sbom", "spdx,cyclonedx"]).success();
    let program = digest_of(&environment.read("dist/hello-linux-amd64"));
    let program = program.replace("sha256:", "");
    let read = |name: &str| parse(&environment.read(format!("dist/hello-linux-amd64.{name}")));
    let spdx = read("spdx.json");
    let packages = spdx["packages"].as_array().expect("packages");
    let hello = packages
        .iter()
        .find(|package| {
            package["primaryPackagePurpose"] == "APPLICATION"
                && package["name"] == "example.com/hello"
        })
        .expect("the program");
    assert_eq!(hello["checksums"][0]["checksumValue"], program);
    assert_eq!(hello["versionInfo"], "v1.2.3");
    let described = spdx["relationships"].as_array().expect("relationships");
    let described = described
        .iter()
        .find(|it| it["relationshipType"] == "DESCRIBES");
    assert_eq!(
        described.expect("a root")["relatedSpdxElement"],
        hello["SPDXID"]
    );
    assert!(packages.iter().any(|package| package["name"] == "stdlib"));
    assert!(
        packages
            .iter()
            .all(|package| package["primaryPackagePurpose"] != "CONTAINER")
    );
    let root = &read("cdx.json")["metadata"]["component"];
    assert_eq!(root["hashes"][0]["content"], program);
    assert_eq!(root["type"], "application");
}
