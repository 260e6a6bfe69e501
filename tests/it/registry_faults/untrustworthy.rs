//! Registries that lead astray, lie, or drive the terminal.

use super::{MANIFESTS, Push, UPLOADS, on};
use crate::support::http::{Act, Method, Refusal, StatusCode};
use crate::support::registry::{FakeRegistry, Rule};

#[test]
fn a_registry_that_redirects_for_ever() {
    let push = Push::to(FakeRegistry::start());
    let to = format!(
        "http://{}/v2/team/hello/blobs/uploads/",
        push.registry.host()
    );
    push.registry.misbehave(on(
        Method::POST,
        UPLOADS,
        Act::Redirect(StatusCode::TEMPORARY_REDIRECT, to),
    ));
    insta::assert_snapshot!(push.fails_early(69), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the start of an upload to $REGISTRY/team/hello failed
      caused by: 127.0.0.1 redirects for ever: 5 redirects led nowhere
    ");
    assert!(
        push.registry.journal().len() <= 12,
        "five redirects an attempt"
    );
}

#[test]
fn a_registry_that_redirects_to_http() {
    let mut push = Push::to(FakeRegistry::with().https().start());
    let plain = FakeRegistry::start();
    push.environment.replace(plain.host(), "$PLAIN");
    let certificate = push
        .registry
        .certificate_pem()
        .expect("an authority")
        .to_owned();
    let certificate = push.environment.write("../ca.pem", certificate);
    push.environment.set("SSL_CERT_FILE", certificate);
    let to = format!("http://{}/v2/team/hello/blobs/uploads/", plain.host());
    push.registry.misbehave(on(
        Method::POST,
        UPLOADS,
        Act::Redirect(StatusCode::TEMPORARY_REDIRECT, to),
    ));
    insta::assert_snapshot!(push.fails_early(69), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the start of an upload to $REGISTRY/team/hello failed
      caused by: 127.0.0.1 leads from https to http, to 127.0.0.1
      hint: a proxy before $REGISTRY hides that it is called by https; let it set X-Forwarded-Proto
    ");
    assert_eq!(plain.journal().len(), 0);
}

#[test]
fn a_registry_over_https_that_nobody_vouches_for() {
    let push = Push::to(FakeRegistry::with().https().start());
    insta::assert_snapshot!(push.fails_early(69), @r#"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the start of an upload to $REGISTRY/team/hello failed
      caused by: no secure connection to $REGISTRY: invalid peer certificate: UnknownIssuer
      hint: trust its authority by SSL_CERT_FILE=FILE, or in coracle.toml, [registries."$REGISTRY"] ca = "FILE"
    "#);
    assert_eq!(push.registry.journal().len(), 0);
}

#[test]
fn a_registry_over_https_whose_authority_is_trusted_for_it() {
    let push = Push::to(FakeRegistry::with().https().start());
    let certificate = push
        .registry
        .certificate_pem()
        .expect("an authority")
        .to_owned();
    push.environment.write("ca.pem", certificate);
    let host = push.registry.host();
    push.environment.write(
        "coracle.toml",
        format!("[registries.\"{host}\"]\nca = \"ca.pem\"\n"),
    );
    push.succeeds();
}

#[test]
fn a_registry_that_keeps_a_manifest_under_another_digest() {
    let other = format!("sha256:{}", "0".repeat(64));
    let push = Push::with([on(
        Method::PUT,
        MANIFESTS,
        Act::Header("docker-content-digest", other),
    )]);
    insta::assert_snapshot!(push.fails(69), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: what $REGISTRY answered to the upload of the manifest $REGISTRY/team/hello@sha256:- cannot be used
      caused by: its digest differs, expected sha256:-, found sha256:-
    ");
}

#[test]
fn a_registry_that_paints_the_terminal() {
    let words = "\u{1b}[31mno\u{7}\u{202e}\u{9b}2J \u{1b}]0;title\u{7}";
    let spoken = Refusal::new(StatusCode::FORBIDDEN, "DENIED", words);
    insta::assert_snapshot!(Push::with([on(Method::POST, UPLOADS, spoken)]).fails_early(77), @r"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 403 to the start of an upload to $REGISTRY/team/hello
      caused by: DENIED: \u{1b}[31mno\u{7}\u{202e}\u{9b}2J \u{1b}]0;title\u{7}
      hint: log in as somebody who may push to $REGISTRY/team/hello: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
    let plain = Refusal::text(StatusCode::BAD_REQUEST, words);
    insta::assert_snapshot!(Push::with([on(Method::POST, UPLOADS, plain)]).fails_early(1), @r"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 400 to the start of an upload to $REGISTRY/team/hello
      caused by: \u{1b}[31mno\u{7}\u{202e}\u{9b}2J \u{1b}]0;title\u{7}
    ");
}

#[test]
fn a_registry_that_speaks_for_ever() {
    let push = Push::with([on(Method::PUT, MANIFESTS, Act::Endless)]);
    // The answer is a yes with endless words: they are not listened to.
    push.succeeds();
    let push = Push::to(FakeRegistry::with().rule(Rule::ReadOnly).start());
    push.registry
        .misbehave(on(Method::POST, UPLOADS, Act::Endless));
    let said = push.fails_early(1);
    assert!(said.len() < 2000, "{} bytes", said.len());
}

/// Names a place to upload to where a cloud tells its machines who they are.
fn to_the_metadata_of_a_cloud() -> Act {
    let place = "http://169.254.169.254/v2/team/hello/blobs/uploads/1";
    Act::Header("location", place.to_owned())
}

#[test]
fn a_place_to_upload_to_at_the_address_of_a_clouds_metadata() {
    let push = Push::with([on(Method::POST, UPLOADS, to_the_metadata_of_a_cloud())]);
    insta::assert_snapshot!(push.fails_early(69), @r#"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the start of an upload to $REGISTRY/team/hello failed
      caused by: 127.0.0.1 sends us to 169.254.169.254, whose address 169.254.169.254 is link-local
      hint: if you trust $REGISTRY to send you there: in coracle.toml, [registries."$REGISTRY"] trust = "private" or "link-local"
    "#);
}

#[test]
fn an_upload_that_is_sent_on_to_the_address_of_a_clouds_metadata() {
    let cut = Act::HangUp { after_bytes: 1000 };
    let push = Push::with([
        on(Method::PUT, UPLOADS, cut),
        on(Method::GET, UPLOADS, to_the_metadata_of_a_cloud()),
    ]);
    insta::assert_snapshot!(push.fails(69), @r#"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: the upload of blob sha256:- failed
      caused by: 127.0.0.1 sends us to 169.254.169.254, whose address 169.254.169.254 is link-local
      hint: if you trust $REGISTRY to send you there: in coracle.toml, [registries."$REGISTRY"] trust = "private" or "link-local"
    "#);
}

#[test]
fn a_place_to_upload_to_that_is_no_place() {
    let push = Push::with([on(
        Method::POST,
        UPLOADS,
        Act::Header("location", "data:text/plain,x".into()),
    )]);
    insta::assert_snapshot!(push.fails_early(69), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: what $REGISTRY answered to the start of an upload to $REGISTRY/team/hello cannot be used
      caused by: 127.0.0.1 leads to data:text/plain,x, which is no http or https URL
    ");
}
