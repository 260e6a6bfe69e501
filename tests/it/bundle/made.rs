//! What is in a bundle, and how it comes about.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{MODULE, Workplace};
use crate::support::http::{Fault, Refusal, StatusCode};
use crate::support::image::parse;
use crate::support::{TestEnvironment, go, schema};

/// Returns the files of a bundle in their order.
fn files(bundle: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(std::fs::File::open(bundle).expect("a bundle"));
    let entries = archive.entries().expect("a tar");
    let files = entries.map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its content");
        (name, content)
    });
    files.collect()
}

#[test]
fn it_begins_with_a_manifest_of_all_that_is_in_it() {
    let workplace = Workplace::new();
    let bundle = workplace.bundle();
    let mut files = files(&bundle).into_iter();
    let (name, manifest) = files.next().expect("a first entry");
    assert_eq!(name, "bundle.json");
    let manifest = parse(&manifest);
    assert_eq!(manifest["schema"], 1);
    assert_eq!(manifest["go"], go::wanted_version());
    assert_eq!(manifest["platforms"], serde_json::json!(["linux/amd64"]));
    assert_eq!(manifest["bases"][0]["reference"], workplace.base());
    let found: BTreeMap<String, Value> = files
        .map(|(name, content)| {
            let sha256 = hex::encode(Sha256::digest(&content));
            (
                name,
                serde_json::json!({ "sha256": sha256, "size": content.len() }),
            )
        })
        .collect();
    assert_eq!(
        manifest["files"],
        serde_json::to_value(&found).expect("JSON")
    );
    let module = "proxy/git.example.invalid/!team/dep/@v/v1.0.0";
    for kind in ["info", "mod", "zip"] {
        assert!(
            found.contains_key(&format!("{module}.{kind}")),
            "{found:#?}"
        );
    }
    let zips = found
        .keys()
        .filter(|name| Path::new(name).extension().is_some_and(|it| it == "zip"));
    assert_eq!(zips.count(), 2, "the module and Go: {found:#?}");
    for name in ["oci/index.json", "oci/oci-layout"] {
        assert!(found.contains_key(name), "{found:#?}");
    }
    // The manifest of the base, its configuration and its layer.
    let blobs = found
        .keys()
        .filter(|name| name.starts_with("oci/blobs/sha256/"));
    assert_eq!(blobs.count(), 3);
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let workplace = Workplace::new();
    let first = workplace.environment.run(["bundle", "-o", "a"]).success();
    let (_, digest) = first.line().split_once('@').expect("a digest");
    // Another machine: nothing of it was there before.
    let mut other = TestEnvironment::new().with_empty_go_cache();
    for name in ["GOPROXY", "GONOSUMDB"] {
        let value = workplace.environment.get(name).expect("a value").to_owned();
        other.set(name, value);
    }
    super::write_source(&other, &workplace.go_sum, &workplace.base());
    other.run(["bundle", "-o", "deep/b"]).success();
    let bytes = other.read("deep/b");
    assert!(bytes == workplace.environment.read("a"));
    assert_eq!(
        digest,
        format!("sha256:{}", hex::encode(Sha256::digest(&bytes)))
    );
}

#[test]
fn it_is_told_as_one_document() {
    let workplace = Workplace::new();
    let args = [
        "bundle",
        "--json",
        "-o",
        "all.bundle",
        "--host",
        "linux/arm64,linux/amd64",
    ];
    let output = workplace.environment.run(args).success();
    let document = parse(output.stdout.as_bytes());
    let wanted = workplace.environment.run(["schema", "bundle"]).success();
    schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    assert_eq!(
        document["hosts"],
        serde_json::json!(["linux/amd64", "linux/arm64"])
    );
    let module = MODULE.replace('T', "!t");
    assert_eq!(
        document["modules"],
        serde_json::json!([format!("{module}@v1.0.0")])
    );
}

#[test]
fn what_cannot_be_had_leaves_no_file() {
    let workplace = Workplace::new();
    let environment = &workplace.environment;
    environment.write("old.bundle", "what was there");
    workplace.proxy.misbehave(Fault::at(
        "*.zip",
        Refusal::bare(StatusCode::NOT_FOUND).into(),
    ));
    environment
        .run(["bundle", "-o", "new.bundle", "--set", "network.retries=0"])
        .ends_with(1);
    environment
        .run(["bundle", "-o", "old.bundle", "--set", "network.retries=0"])
        .ends_with(1);
    assert!(!environment.work().join("new.bundle").exists());
    assert_eq!(environment.read("old.bundle"), b"what was there");
    let left: Vec<String> = environment.files();
    assert!(!left.iter().any(|name| name.contains(".tmp")), "{left:?}");
}
