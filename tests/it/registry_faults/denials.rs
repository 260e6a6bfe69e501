//! Registries that say no.

use super::{Push, TAG, UPLOADS, on};
use crate::support::TestEnvironment;
use crate::support::http::{Method, Refusal, StatusCode};
use crate::support::registry::{FakeRegistry, Login, Rule, TokenServer};

#[test]
fn a_registry_that_wants_a_login_where_there_is_none() {
    let login = Login::new("gopher", "secret");
    let push = Push::to(FakeRegistry::with().basic(login).start());
    insta::assert_snapshot!(push.fails_early(77), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 401 to the start of an upload to $REGISTRY/team/hello
      caused by: UNAUTHORIZED: who is there?
      hint: log in as somebody who may push to $REGISTRY/team/hello: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_registry_that_does_not_take_the_password() {
    let login = Login::new("gopher", "secret");
    let mut push = Push::to(FakeRegistry::with().basic(login).start());
    push.environment.set("CORACLE_USER", "gopher");
    push.environment.set("CORACLE_PASSWORD", "a guess");
    let said = push.fails_early(77);
    assert!(!said.contains("a guess"), "{said}");
    insta::assert_snapshot!(said, @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 401 to the start of an upload to $REGISTRY/team/hello
      caused by: UNAUTHORIZED: who is there?
      hint: the login of CORACLE_USER is not taken; use one that may push to $REGISTRY/team/hello
    ");
}

#[test]
fn a_registry_that_lets_everybody_read_and_some_write() {
    let server = TokenServer::with_login(Login::new("gopher", "secret")).anonymous_pull();
    let push = Push::to(FakeRegistry::with().bearer(server).start());
    insta::assert_snapshot!(push.fails_early(77), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 401 to the start of an upload to $REGISTRY/team/hello
      caused by: UNAUTHORIZED: who is there?
      hint: log in as somebody who may push to $REGISTRY/team/hello: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_registry_that_denies() {
    let denied = Refusal::new(
        StatusCode::FORBIDDEN,
        "DENIED",
        "requested access is denied",
    );
    let push = Push::with([on(Method::POST, UPLOADS, denied)]);
    insta::assert_snapshot!(push.fails_early(77), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 403 to the start of an upload to $REGISTRY/team/hello
      caused by: DENIED: requested access is denied
      hint: log in as somebody who may push to $REGISTRY/team/hello: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_registry_that_denies_the_tag_alone() {
    let denied = Refusal::new(StatusCode::FORBIDDEN, "DENIED", "tag latest is protected");
    let push = Push::with([on(Method::PUT, TAG, denied)]);
    insta::assert_snapshot!(push.fails(77), @"
    error: [tag] $REGISTRY/team/hello: cannot set the tag latest
      caused by: $REGISTRY answered 403 to the upload of the manifest $REGISTRY/team/hello:latest
      caused by: DENIED: tag latest is protected
      hint: log in as somebody who may push to $REGISTRY/team/hello: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_registry_that_denies_one_of_two_images_gets_the_other() {
    let registry = FakeRegistry::start();
    let denied = Refusal::new(StatusCode::FORBIDDEN, "DENIED", "no");
    registry.misbehave(on(Method::POST, "/v2/team/orders/*", denied));
    let config = format!(
        "[defaults]\nrepository = \"{}\"\n\n[images.orders]\nmain = \"cmd/orders\"\n\n\
         [images.catalog]\nmain = \"cmd/catalog\"\n",
        registry.repository("team/{name}")
    );
    let programs = ["orders", "catalog"];
    let environment = TestEnvironment::with_watched_go().with_project(&config, &programs);
    let output = environment.run(["push", "-q"]).ends_with(1);
    assert!(
        output
            .talk()
            .contains("/team/orders: no image can be pushed"),
        "{output}"
    );
    assert_eq!(registry.tags("team/orders"), Vec::<String>::new());
    assert_eq!(registry.tags("team/catalog"), ["latest"]);
}

#[test]
fn a_registry_that_takes_no_writes() {
    let push = Push::to(FakeRegistry::with().rule(Rule::ReadOnly).start());
    insta::assert_snapshot!(push.fails_early(1), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 405 to the start of an upload to $REGISTRY/team/hello
      caused by: UNSUPPORTED: unsupported
    ");
}

#[test]
fn a_repository_that_must_be_made_first() {
    let unknown = Refusal::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "repository unknown");
    let push = Push::with([on(Method::POST, UPLOADS, unknown)]);
    insta::assert_snapshot!(push.fails_early(1), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 404 to the start of an upload to $REGISTRY/team/hello
      caused by: NAME_UNKNOWN: repository unknown
      hint: create team/hello at $REGISTRY first, if that registry makes no repository by itself
    ");
}

#[test]
fn a_registry_whose_tags_never_move() {
    let push = Push::to(FakeRegistry::with().rule(Rule::ImmutableTags).start());
    insta::assert_snapshot!(push.fails(1), @"
    error: [tag] $REGISTRY/team/hello: cannot set the tag latest
      caused by: $REGISTRY answered 400 to the upload of the manifest $REGISTRY/team/hello:latest
      caused by: TAG_INVALID: tag invalid
    ");
}
