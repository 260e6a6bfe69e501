//! Registries that do less than the specification asks for, or more than anybody wants.

use super::{BLOBS, MANIFESTS, Push, UPLOADS, bare, on};
use crate::support::base_image::BaseImage;
use crate::support::http::{Act, Method, Refusal, StatusCode};
use crate::support::registry::{FakeRegistry, Rule, digest_of};

#[test]
fn a_registry_without_head() {
    Push::to(FakeRegistry::with().rule(Rule::NoHead).start()).succeeds();
    let unknown = |path| on(Method::HEAD, path, bare(501));
    Push::with([unknown(BLOBS), unknown(MANIFESTS)]).succeeds();
}

#[test]
fn a_registry_that_answers_head_without_a_length_or_a_digest() {
    for header in ["content-length", "docker-content-digest"] {
        let push = Push::to(FakeRegistry::start());
        push.succeeds();
        push.registry
            .misbehave(on(Method::HEAD, "*", Act::Without(header)));
        push.succeeds();
    }
}

#[test]
fn a_registry_that_takes_another_blob_for_ours_is_sent_ours() {
    let other = format!("sha256:{}", "0".repeat(64));
    let lie = Act::Header("docker-content-digest", other);
    let push = Push::to(FakeRegistry::start());
    push.succeeds();
    push.registry.misbehave(on(Method::HEAD, BLOBS, lie));
    push.succeeds();
}

#[test]
fn a_registry_that_keeps_a_blob_under_another_digest() {
    let other = format!("sha256:{}", "0".repeat(64));
    let lie = Act::Header("docker-content-digest", other);
    let push = Push::with([on(Method::PUT, UPLOADS, lie)]);
    insta::assert_snapshot!(push.fails(69), @r#"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: what $REGISTRY answered to the upload of blob sha256:- cannot be used
      caused by: it keeps what was sent under another digest, expected sha256:-, found "sha256:-"
    "#);
}

#[test]
fn a_registry_that_is_full() {
    let full = Refusal::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "UNKNOWN",
        "quota exceeded",
    );
    insta::assert_snapshot!(Push::with([on(Method::PUT, UPLOADS, full)]).fails(69), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: $REGISTRY answered 507 to the upload of blob sha256:-
      caused by: UNKNOWN: quota exceeded
      hint: $REGISTRY has no room left: delete old images there, or ask who runs it
    ");
    let full = Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "UNKNOWN",
        "write /var/lib/registry: no space left on device",
    );
    insta::assert_snapshot!(Push::with([on(Method::PUT, UPLOADS, full)]).fails(69), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: $REGISTRY answered 500 to the upload of blob sha256:-
      caused by: UNKNOWN: write /var/lib/registry: no space left on device
      hint: $REGISTRY has no room left: delete old images there, or ask who runs it
    ");
}

/// Pushes hello on a base of the same registry.
#[track_caller]
fn gets_the_layer_of_its_base(rule: Rule) {
    let push = Push::to(FakeRegistry::with().rule(rule).start());
    let base = BaseImage::new("linux/amd64", &[("etc/from-base", "yes")]);
    base.put(&push.registry, "team/base", "v1");
    push.succeeds_with(&["--base", &push.registry.repository("team/base:v1")]);
    let layer = digest_of(&base.layer);
    assert!(push.registry.blob("team/hello", &layer).is_some());
}

#[test]
fn a_registry_that_takes_a_mount_for_the_start_of_an_upload() {
    gets_the_layer_of_its_base(Rule::RefusesMounts);
}

#[test]
fn a_registry_that_denies_a_mount() {
    gets_the_layer_of_its_base(Rule::DeniesMounts);
}

#[test]
fn a_registry_that_keeps_its_uploads_elsewhere_and_loses_them() {
    let (push, elsewhere) = (Push::to(FakeRegistry::start()), FakeRegistry::start());
    let place = format!("http://{}/v2/team/hello/blobs/uploads/1", elsewhere.host());
    let away = Act::Header("location", place);
    push.registry
        .misbehave(on(Method::POST, UPLOADS, away).times(1));
    push.succeeds();
    assert_eq!(elsewhere.journal().len(), 1);
}
