//! Bases that cannot be used: refused before anything is compiled.

use serde_json::json;

use super::{MANIFESTS, OnBase, small};
use crate::support::base_image::{BaseImage, INDEX, index_of, put_index};
use crate::support::http::{Act, Fault, Method, Refusal, StatusCode};

#[test]
fn a_base_that_is_not_there() {
    insta::assert_snapshot!(OnBase::new().refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: $REGISTRY answered 404 to the request for $REGISTRY/team/base:v1
      caused by: MANIFEST_UNKNOWN: manifest unknown
      hint: check the name and the tag; where a login is needed to see it: docker login $REGISTRY
    ");
}

#[test]
fn a_registry_of_a_base_that_is_down() {
    let on_base = OnBase::new();
    insta::assert_snapshot!(on_base.refused_for("127.0.0.1:1/team/base:v1", &[], 69), @"
    error: [base] 127.0.0.1:1/team/base:v1: cannot use this base
      caused by: the request for the digest of 127.0.0.1:1/team/base:v1 failed
      caused by: cannot connect to 127.0.0.1:1: Connection refused (os error 111)
      hint: see whether 127.0.0.1:1 is up and its name is right; HTTPS_PROXY names a proxy
    ");
}

#[test]
fn a_registry_that_does_not_hand_out_the_base() {
    let on_base = OnBase::image(&small());
    let denied = Refusal::new(StatusCode::FORBIDDEN, "DENIED", "no\u{1b}[31m");
    for method in [Method::HEAD, Method::GET] {
        on_base
            .registry
            .misbehave(Fault::on(method, MANIFESTS, denied.clone().into()));
    }
    insta::assert_snapshot!(on_base.refused(77), @r"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: $REGISTRY answered 403 to the request for $REGISTRY/team/base:v1
      caused by: DENIED: no\u{1b}[31m
      hint: log in as somebody who may pull from $REGISTRY/team/base: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_base_that_lacks_the_platform() {
    let on_base = OnBase::new();
    let images =
        ["linux/amd64", "linux/s390x"].map(|platform| BaseImage::new(platform, &[("a", "b")]));
    put_index(&on_base.registry, "team/base", "v1", &images);
    let said = on_base.refused_for(
        &on_base.reference(),
        &["--platform", "linux/amd64,linux/arm64"],
        1,
    );
    insta::assert_snapshot!(said, @"
    error: [base] $REGISTRY/team/base:v1: it has no linux/arm64; it has linux/amd64, linux/s390x
      hint: choose among these by platforms or --platform, or another base
    ");
}

#[test]
fn a_base_of_one_platform_that_is_another() {
    let on_base = OnBase::image(&BaseImage::new("linux/arm64", &[("a", "b")]));
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: it has no linux/amd64; it has linux/arm64
      hint: choose among these by platforms or --platform, or another base
    ");
}

#[test]
fn a_base_that_is_of_an_unknown_kind() {
    let on_base = OnBase::new();
    let artifact =
        json!({"schemaVersion": 2, "mediaType": "application/vnd.example.thing.v1+json"});
    on_base.registry.put_manifest(
        "team/base",
        "v1",
        "application/vnd.example.thing.v1+json",
        &artifact,
    );
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: its media type is application/vnd.example.thing.v1+json, expected an image's manifest or index, OCI's or Docker's of schema 2
    ");
}

#[test]
fn a_base_whose_layer_is_of_an_unknown_kind() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["layers"][0]["mediaType"] = json!("application/vnd.example.layer\u{1b}[31m");
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    let said = on_base.refused(1);
    assert!(!said.contains('\u{1b}'));
    insta::assert_snapshot!(said, @r"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the media type of a layer is application/vnd.example.layer\u{1b}[31m, expected a tar, plain or compressed by gzip or zstd
    ");
}

#[test]
fn a_base_that_is_an_artifact_with_no_image_in_it() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["config"]["mediaType"] = json!("application/vnd.cncf.helm.config.v1+json");
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the media type of its configuration is application/vnd.cncf.helm.config.v1+json, expected an image's, OCI's or Docker's
    ");
}

#[test]
fn a_manifest_that_is_also_an_index() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["manifests"] =
        index_of(&on_base.registry, "team/base", &[small()])["manifests"].clone();
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: it is a manifest and an index at once
    ");
}

#[test]
fn a_manifest_that_calls_itself_something_else() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["mediaType"] = json!(INDEX);
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: it says that its media type is application/vnd.oci.image.index.v1+json, and it is served as application/vnd.oci.image.manifest.v1+json
    ");
}

#[test]
fn an_index_in_an_index() {
    let on_base = OnBase::new();
    let inner = index_of(&on_base.registry, "team/base", &[small()]);
    let digest = on_base
        .registry
        .put_manifest("team/base", "inner", INDEX, &inner);
    let entry = json!({
        "mediaType": INDEX, "digest": digest, "size": inner.to_string().len(),
        "platform": {"os": "linux", "architecture": "amd64"},
    });
    let outer = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
    on_base
        .registry
        .put_manifest("team/base", "v1", INDEX, &outer);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: it has no linux/amd64; it has none
      hint: choose among these by platforms or --platform, or another base
    ");
}

#[test]
fn a_base_that_is_no_json() {
    let on_base = OnBase::image(&small());
    on_base.registry.misbehave(Fault::on(
        Method::HEAD,
        MANIFESTS,
        Refusal::bare(StatusCode::NOT_FOUND).into(),
    ));
    on_base.registry.misbehave(Fault::on(
        Method::GET,
        MANIFESTS,
        Act::Body(b"\x1b]0;".to_vec()),
    ));
    let said = on_base.refused(1);
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn a_base_with_more_layers_than_it_says() {
    let mut image = small();
    image.config["rootfs"]["diff_ids"] = json!([]);
    insta::assert_snapshot!(OnBase::image(&image).refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: its manifest has 1 layers, and its configuration 0
    ");
}

#[test]
fn a_base_that_is_too_long_to_be_one() {
    let on_base = OnBase::image(&small());
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, MANIFESTS, Act::Endless));
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the request for $REGISTRY/team/base@sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a failed
      caused by: the answer of $REGISTRY is longer than 4194304 bytes
    ");
}

#[test]
fn a_registry_that_says_for_ever_that_there_is_no_base() {
    let on_base = OnBase::new();
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, MANIFESTS, Act::Endless));
    let said = on_base.refused(1);
    assert!(said.len() < 2000, "{} bytes", said.len());
}

#[test]
fn a_user_that_the_base_does_not_have() {
    let on_base = OnBase::image(&small());
    let flags = ["--set", "defaults.user=\"app\""];
    insta::assert_snapshot!(on_base.refused_for(&on_base.reference(), &flags, 2), @r#"
    error: [plan] hello: the image has no user app
      hint: give numbers, as in user = "65532:65532", or copy a passwd and a group with files
    "#);
}

#[test]
fn offline_a_base_that_is_not_in_the_cache_is_an_error() {
    let on_base = OnBase::image(&small());
    insta::assert_snapshot!(on_base.refused_for(&on_base.reference(), &["--offline"], 2), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the first call of $REGISTRY failed
      caused by: $REGISTRY is not asked: --offline
      hint: run it without --offline
    ");
    assert_eq!(on_base.registry.journal().len(), 0);
}

#[test]
fn a_base_whose_paths_would_fill_the_memory() {
    let mut tar = tar::Builder::new(Vec::new());
    for number in 0..200 {
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_mode(0o644);
        let path = format!("{number:03}{}", "/a".repeat(2000));
        tar.append_data(&mut header, path, &b""[..])
            .expect("an entry");
    }
    let tar = tar.into_inner().expect("a tar");
    let on_base = OnBase::image(&BaseImage::of_tar("linux", "amd64", &tar));
    let said = on_base.refused(1);
    assert!(
        said.contains("the paths in it are longer than 1.0 GB together"),
        "{said}"
    );
}
