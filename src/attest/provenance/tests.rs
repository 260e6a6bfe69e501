//! What is written is read, and nothing else.

use serde_json::{Value, json};

use super::{BaseUsed, Provenance, ProvenanceSource, is_same_build};
use crate::config::RunIdentity;
use crate::model::{Digest, ModuleVerification, Timestamp};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn provenance() -> Provenance {
    Provenance {
        image: "server".parse().unwrap(),
        config: json!({ "go": { "version": "1.26.8" } }),
        source: ProvenanceSource {
            repository: Some("https://git.example.com/team/app".to_owned()),
            commit: Some(COMMIT.to_owned()),
            version: Some("v1.2.3".to_owned()),
            branch: Some("main".to_owned()),
            time: Some(Timestamp::EPOCH),
            folder: "services/app".parse().unwrap(),
            workspace: Some("go.work".parse().unwrap()),
            is_committed: true,
        },
        epoch: Some(Timestamp::EPOCH),
        go: "1.26.8".parse().unwrap(),
        go_h1: Some("h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=".to_owned()),
        base: Some(BaseUsed {
            reference: "registry.example.com/base/debian:13".parse().unwrap(),
            digest: Digest::of(b"base"),
        }),
        modules: ModuleVerification {
            checksum_database: Some("sums.example.com".to_owned()),
            private: vec!["git.example.com/*".to_owned()],
            contents: None,
        },
        coracle: "1.2.3".to_owned(),
        run: RunIdentity {
            builder: RunIdentity::LOCAL.to_owned(),
            invocation: Some("https://ci.example.com/17".to_owned()),
        },
    }
}

/// As little as can be known.
fn bare() -> Provenance {
    Provenance {
        source: ProvenanceSource {
            repository: None,
            commit: None,
            version: None,
            branch: None,
            time: None,
            folder: "".parse().unwrap(),
            workspace: None,
            is_committed: false,
        },
        epoch: None,
        go_h1: None,
        base: None,
        run: RunIdentity {
            builder: RunIdentity::LOCAL.to_owned(),
            invocation: None,
        },
        ..provenance()
    }
}

#[test]
fn it_comes_back_as_it_was_written() {
    for provenance in [provenance(), bare()] {
        let read = Provenance::parse(&provenance.to_predicate()).unwrap();
        assert_eq!(read, provenance);
    }
}

#[test]
fn what_was_found_is_named_with_its_digest() {
    let predicate = provenance().to_predicate();
    let base = Digest::of(b"base").to_hex();
    assert_eq!(
        predicate["buildDefinition"]["resolvedDependencies"],
        json!([
            {
                "name": "source",
                "uri": format!("git+https://git.example.com/team/app@{COMMIT}"),
                "digest": { "gitCommit": COMMIT },
            },
            {
                "name": "go",
                "uri": "pkg:golang/toolchain@1.26.8",
                "digest": { "dirHash1": "64e9867b53a77d110330875bd508b81bd252b833c12c613164c4389e2b354573" },
            },
            {
                "name": "registry.example.com/base/debian:13",
                "uri": format!(
                    "pkg:oci/debian@sha256%3A{base}?repository_url=registry.example.com%2Fbase%2Fdebian"
                ),
                "digest": { "sha256": base },
            },
        ])
    );
}

#[test]
fn a_dirty_tree_is_told_of() {
    let mut provenance = provenance();
    provenance.source.is_committed = false;
    let predicate = provenance.to_predicate();
    let definition = &predicate["buildDefinition"];
    assert_eq!(
        definition["externalParameters"]["source"]["committed"],
        false
    );
    assert_eq!(
        definition["resolvedDependencies"][0]["annotations"],
        json!({ "modified": true })
    );
}

#[test]
fn two_runs_of_one_build_say_the_same() {
    let (one, mut other) = (provenance(), provenance());
    other.run.invocation = None;
    assert!(is_same_build(&one.to_predicate(), &other.to_predicate()));
    other.run.builder = "https://ci.example.com/other".to_owned();
    assert!(!is_same_build(&one.to_predicate(), &other.to_predicate()));
}

/// What was changed, to what, and why it is refused.
fn wrong_values() -> Vec<(String, Value, &'static str)> {
    let definition = |name: &str| format!("/buildDefinition/{name}");
    let source = |name: &str| format!("/buildDefinition/externalParameters/source/{name}");
    let external = |name: &str| format!("/buildDefinition/externalParameters/{name}");
    let login = "https://user:password@git.example.com/x";
    let tip = json!({ "name": "go", "uri": "pkg:golang/toolchain@tip" });
    vec![
        (
            definition("buildType"),
            json!("https://ko.build"),
            "its build type is",
        ),
        (definition("x"), json!(1), "says more"),
        (definition("resolvedDependencies/1"), tip, "its go is"),
        (source("run"), json!("make"), "says more"),
        (
            source("repository"),
            json!("ext::sh -c x"),
            "its repository is",
        ),
        (source("repository"), json!(login), "its repository is"),
        (
            source("repository"),
            json!("https://git.example.com/other"),
            "says more",
        ),
        (source("commit"), json!("--upload-pack=x"), "its commit is"),
        (source("commit"), json!("main"), "its commit is"),
        (source("folder"), json!("../x"), "its folder is"),
        (source("folder"), json!("/etc"), "its folder is"),
        (source("version"), json!("v1\nx"), "its version is"),
        (
            source("committed"),
            json!("yes"),
            "not the form of its build type",
        ),
        (external("image"), json!("A B"), "its image is"),
        (
            external("config"),
            json!("x".repeat(2 << 20)),
            "expected at most",
        ),
    ]
}

#[test]
fn what_coracle_does_not_write_is_not_believed() {
    let change = |pointer: &str, value: Value| {
        let mut predicate = provenance().to_predicate();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = predicate.pointer_mut(parent).unwrap();
        match key.parse::<usize>() {
            Ok(number) => parent[number] = value,
            Err(_) => parent[key] = value,
        }
        Provenance::parse(&predicate).map_err(|error| error.to_string())
    };
    for (pointer, value, why) in wrong_values() {
        let error = change(&pointer, value).unwrap_err();
        assert!(error.contains(why), "{pointer}: {error}");
    }
    for predicate in [json!(null), json!([]), json!({ "buildDefinition": 1 })] {
        assert!(Provenance::parse(&predicate).is_err());
    }
}
