//! Token servers that do not do what they are for.

use super::{MANIFESTS, Push, UPLOADS, on};
use crate::support::base_image::BaseImage;
use crate::support::http::{Act, Method, Recorded, Refusal, RetryAfter, StatusCode};
use crate::support::registry::{FakeRegistry, Login, SERVICE, TokenServer};

fn with_token_server(server: TokenServer) -> Push {
    Push::to(FakeRegistry::with().bearer(server).start())
}

#[test]
fn a_token_server_that_does_not_take_the_password() {
    let server = TokenServer::with_login(Login::new("gopher", "secret"));
    let mut push = Push::to(FakeRegistry::with().bearer(server).start());
    push.environment.set("CORACLE_USER", "gopher");
    push.environment.set("CORACLE_PASSWORD", "a guess");
    insta::assert_snapshot!(push.fails_early(77), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 401 to the request for a token for $REGISTRY/team/hello
      caused by: UNAUTHORIZED: wrong credential
      hint: the login of CORACLE_USER is not taken; use one that may push to $REGISTRY/team/hello
    ");
}

#[test]
fn a_token_server_that_hangs_up() {
    let push = with_token_server(TokenServer::open());
    push.registry
        .misbehave(on(Method::GET, "/token", Act::HangUp { after_bytes: 0 }));
    let said = push.fails_early(69);
    assert!(said.contains("no image can be pushed"), "{said}");
    assert!(said.contains("broke"), "{said}");
}

#[test]
fn a_token_server_that_hangs_up_once() {
    let push = with_token_server(TokenServer::open());
    push.registry
        .misbehave(on(Method::GET, "/token", Act::HangUp { after_bytes: 0 }).times(1));
    push.succeeds();
}

#[test]
fn tokens_that_end_during_the_push_are_asked_for_anew() {
    for requests in 1..=8 {
        let push = with_token_server(TokenServer::open().ending_after(requests));
        push.succeeds();
        assert!(tokens(&push) > 1, "after {requests}");
    }
}

#[test]
fn a_token_that_ends_while_a_layer_is_sent_is_renewed_and_the_layer_sent_again() {
    let push = with_token_server(TokenServer::open());
    let challenge = format!(
        r#"Bearer realm="http://{}/token",service="{SERVICE}",scope="repository:team/hello:pull,push""#,
        push.registry.host()
    );
    let ended = Refusal::new(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "the token has ended",
    );
    push.registry
        .misbehave(on(Method::PUT, UPLOADS, ended.challenge(challenge)).times(1));
    push.succeeds();
    assert_eq!(tokens(&push), 2);
}

/// Returns how many tokens were asked for.
fn tokens(push: &Push) -> usize {
    let asked = push.registry.journal().requests();
    let tokens = asked.iter().filter(|request| request.path() == "/token");
    tokens.count()
}

#[test]
fn a_token_that_is_about_to_end_is_renewed_before_it_is_used() {
    let push = with_token_server(TokenServer::open().expires_in(1));
    // A second goes by in the middle of the push.
    let busy = Refusal::bare(StatusCode::TOO_MANY_REQUESTS).retry_after(RetryAfter::Seconds(1));
    push.registry
        .misbehave(on(Method::PUT, MANIFESTS, busy).times(1));
    push.succeeds();
    assert!(tokens(&push) > 1);
    assert_eq!(refused(&push), 1, "the first alone");
}

#[test]
fn a_registry_that_asked_for_a_token_once_need_not_ask_again_for_another_repository() {
    let push = with_token_server(TokenServer::open());
    let base = BaseImage::new("linux/amd64", &[("etc/from-base", "yes")]);
    base.put(&push.registry, "team/base", "v1");
    push.succeeds_with(&["--base", &push.registry.repository("team/base:v1")]);
    // To read the base; to write the image; to do both, for the mount.
    assert_eq!((refused(&push), tokens(&push)), (1, 3));
}

#[test]
fn a_token_server_that_denies_all_when_the_repository_to_mount_from_is_not_open() {
    let push = with_token_server(TokenServer::open().denies_several());
    let base = BaseImage::new("linux/amd64", &[("etc/from-base", "yes")]);
    base.put(&push.registry, "team/base", "v1");
    push.succeeds_with(&["--base", &push.registry.repository("team/base:v1")]);
    let requests = push.registry.journal().requests();
    let is_denied = |request: &&Recorded| {
        request.path() == "/token" && request.status == Some(StatusCode::UNAUTHORIZED)
    };
    assert_ne!(requests.iter().filter(is_denied).count(), 0);
}

/// Returns how often something was asked for without a token that opens it.
fn refused(push: &Push) -> usize {
    let asked = push.registry.journal().requests();
    let refused = |request: &&Recorded| request.status == Some(StatusCode::UNAUTHORIZED);
    asked.iter().filter(refused).count()
}

#[test]
fn a_token_server_whose_clock_is_off_is_asked_once() {
    for issued_at in ["1970-01-01T00:00:00Z", "2999-12-31T23:59:59Z", "yesterday"] {
        let push = with_token_server(TokenServer::open().issued_at(issued_at));
        push.succeeds();
        assert_eq!(tokens(&push), 1, "{issued_at}");
    }
}

#[test]
fn a_token_server_whose_answer_breaks_off_is_asked_again() {
    let push = with_token_server(TokenServer::open());
    push.registry
        .misbehave(on(Method::GET, "/token", Act::CutAnswer { after_bytes: 10 }).times(1));
    push.succeeds();
    assert_eq!(tokens(&push), 2);
}

#[test]
fn a_token_server_that_answers_byte_by_byte() {
    let push = with_token_server(TokenServer::open());
    push.registry
        .misbehave(on(Method::GET, "/token", Act::Dribble));
    push.succeeds();
}

#[test]
fn a_token_server_that_answers_no_token() {
    for body in [
        "{}",
        "<html>",
        "{\"token\": \"\"}",
        "{\"token\": \"a\\nb\"}",
    ] {
        let push = with_token_server(TokenServer::open());
        push.registry
            .misbehave(on(Method::GET, "/token", Act::Body(body.into())));
        let said = push.fails_early(69);
        assert!(said.contains("token"), "{body}: {said}");
    }
}

#[test]
fn a_token_server_whose_tokens_open_nothing() {
    let push = with_token_server(TokenServer::open());
    push.registry.misbehave(on(
        Method::GET,
        "/token",
        Act::Body(b"{\"token\": \"no\"}".to_vec()),
    ));
    insta::assert_snapshot!(push.fails_early(77), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: $REGISTRY answered 401 to the start of an upload to $REGISTRY/team/hello
      caused by: UNAUTHORIZED: who is there?
      hint: log in as somebody who may push to $REGISTRY/team/hello: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_token_server_that_speaks_for_ever() {
    let push = with_token_server(TokenServer::open());
    push.registry
        .misbehave(on(Method::GET, "/token", Act::Endless));
    insta::assert_snapshot!(push.fails_early(69), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the request for a token for $REGISTRY/team/hello failed
      caused by: the answer of $REGISTRY is longer than 65536 bytes
    ");
}

#[test]
fn a_token_server_at_the_address_of_a_clouds_metadata() {
    let server = TokenServer::open().realm("http://169.254.169.254/token");
    insta::assert_snapshot!(with_token_server(server).fails_early(69), @r#"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the request for a token for $REGISTRY/team/hello failed
      caused by: 127.0.0.1 sends us to 169.254.169.254, whose address 169.254.169.254 is link-local
      hint: if you trust $REGISTRY to send you there: in coracle.toml, [registries."$REGISTRY"] trust = "private" or "link-local"
    "#);
}

#[test]
fn a_token_server_that_is_no_url() {
    let push = with_token_server(TokenServer::open().realm("file:///etc/passwd"));
    insta::assert_snapshot!(push.fails_early(69), @"
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the request for a token for $REGISTRY/team/hello failed
      caused by: 127.0.0.1 leads to file:///etc/passwd, which is no http or https URL
    ");
}
