//! Registries that are down, busy, or break off.

use std::time::Duration;

use super::{BLOBS, MANIFESTS, Push, TAG, UPLOADS, bare, on};
use crate::support::TestEnvironment;
use crate::support::http::{Act, Method, Refusal, RetryAfter, StatusCode};

#[test]
fn a_registry_that_is_down() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    // Nobody listens on this port: it is reserved.
    let args = [
        "push",
        "-q",
        "--repo",
        "127.0.0.1:1/team/hello",
        "--set",
        "network.retries=1",
    ];
    let output = environment.run(args).ends_with(69);
    insta::assert_snapshot!(output, @"
    exit: 69
    stdout:
    stderr:
    error: [publish] 127.0.0.1:1/team/hello: no image can be pushed
      caused by: the start of an upload to 127.0.0.1:1/team/hello failed
      caused by: cannot connect to 127.0.0.1:1: Connection refused (os error 111)
      hint: see whether 127.0.0.1:1 is up and its name is right; HTTPS_PROXY names a proxy
    ");
    environment.assert_nothing_compiled();
}

#[test]
fn a_registry_whose_name_is_not_known() {
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.set("NO_PROXY", "*");
    // RFC 6761: nobody resolves this.
    let args = [
        "push",
        "-q",
        "--repo",
        "registry.invalid/team/hello",
        "--set",
        "network.retries=1",
    ];
    environment.run(args).ends_with(69).says("registry.invalid");
    environment.assert_nothing_compiled();
}

#[test]
fn what_a_registry_cannot_do_right_now_is_tried_again_at_every_step() {
    let once = |method, path, status| on(method, path, bare(status)).times(1);
    let push = Push::with([
        once(Method::POST, UPLOADS, 429),
        once(Method::PUT, UPLOADS, 503),
        once(Method::HEAD, BLOBS, 504),
        once(Method::PUT, MANIFESTS, 500),
        once(Method::PUT, TAG, 502),
    ]);
    push.succeeds();
    let requests = push.registry.journal().requests();
    let failed = requests
        .iter()
        .filter_map(|request| request.status)
        .filter(|status| status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(failed.count(), 5);
}

#[test]
fn a_registry_that_never_can() {
    for status in [429, 500, 502, 503, 504] {
        let push = Push::with([on(Method::POST, UPLOADS, bare(status))]);
        let said = push.fails_early(69);
        assert!(
            said.contains(&format!("$REGISTRY answered {status} to ")),
            "{said}"
        );
        assert_eq!(
            push.registry.journal().len(),
            2,
            "one request, and one more"
        );
    }
}

#[test]
fn a_registry_that_never_takes_a_blob() {
    let push = Push::with([on(Method::PUT, UPLOADS, bare(500))]);
    insta::assert_snapshot!(push.fails(69), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: $REGISTRY answered 500 to the upload of blob sha256:-
    ");
}

#[test]
fn a_registry_that_never_takes_a_manifest() {
    let words = Refusal::text(StatusCode::BAD_GATEWAY, "<html><h1>Bad Gateway</h1></html>");
    let push = Push::with([on(Method::PUT, MANIFESTS, words)]);
    insta::assert_snapshot!(push.fails(69), @"
    error: [publish] $REGISTRY/team/hello: cannot push the image
      caused by: $REGISTRY answered 502 to the upload of the manifest $REGISTRY/team/hello@sha256:-
      caused by: Bad Gateway
    ");
}

#[test]
fn a_registry_that_never_takes_the_tag() {
    let push = Push::with([on(Method::PUT, TAG, bare(503))]);
    insta::assert_snapshot!(push.fails(69), @"
    error: [tag] $REGISTRY/team/hello: cannot set the tag latest
      caused by: $REGISTRY answered 503 to the upload of the manifest $REGISTRY/team/hello:latest
    ");
}

#[test]
fn a_registry_that_says_when_to_come_again_is_asked_again() {
    let busy = |wait| bare(429).retry_after(wait);
    let once = |path, wait| on(Method::PUT, path, busy(wait)).times(1);
    let push = Push::with([
        on(Method::POST, UPLOADS, busy(RetryAfter::Seconds(1))).times(1),
        once(UPLOADS, RetryAfter::Date(Duration::from_secs(1))),
        once(TAG, RetryAfter::Seconds(0)),
    ]);
    push.succeeds();
}

#[test]
fn a_registry_whose_clock_is_off_by_a_day_is_asked_again_when_it_says() {
    // By our own clock that is a day to wait, which is too long.
    let later = bare(503).retry_after(RetryAfter::DateOfTomorrow(Duration::from_secs(1)));
    Push::with([on(Method::POST, UPLOADS, later).times(1)]).succeeds();
}

#[test]
fn a_registry_that_wants_to_be_left_alone_for_an_hour_is_not_waited_for() {
    let hour = Duration::from_hours(1);
    for wait in [RetryAfter::Seconds(3600), RetryAfter::Date(hour)] {
        let push = Push::with([on(Method::POST, UPLOADS, bare(429).retry_after(wait))]);
        let said = push.fails_early(69);
        assert!(said.contains("limits how often it is asked"), "{said}");
        assert_eq!(push.registry.journal().len(), 1);
    }
}

#[test]
fn an_upload_that_always_breaks_off() {
    let cut = Act::HangUp { after_bytes: 1000 };
    let push = Push::with([
        on(Method::PUT, UPLOADS, cut.clone()),
        on(Method::PATCH, UPLOADS, cut),
    ]);
    let said = push.fails(69);
    assert!(said.contains("cannot push the image"), "{said}");
    assert!(said.contains("the connection to $REGISTRY broke"), "{said}");
}

#[test]
fn a_registry_that_goes_dark_is_told_of_one_upload_that_was_not_needed() {
    let push = Push::with([on(Method::DELETE, UPLOADS, Act::Stall)]);
    let names = ["api", "web", "worker"];
    let image = |name: &str| format!("[images.{name}]\nmain = \"./cmd/{name}\"\n");
    let config: String = names.iter().map(|name| image(name)).collect();
    push.environment.write("coracle.toml", config);
    for name in names {
        let broken = "package main\n\nfunc main() { no }\n";
        push.environment
            .write(format!("cmd/{name}/main.go"), broken);
    }
    let repository = push.registry.repository("team/{name}");
    let quickly = ["--set", "network.timeout=\"1s\"", "--base", "scratch"];
    let args = [&["push", "-q", "--repo", &repository][..], &quickly].concat();
    push.environment.run(args).ends_with(1).says("undefined");
    let requests = push.registry.journal().requests();
    let asked = |method: Method| requests.iter().filter(|it| it.method == method).count();
    // Each repository was asked whether it takes an upload.
    assert!(asked(Method::POST) >= names.len(), "{requests:#?}");
    assert_eq!(asked(Method::DELETE), 1, "{requests:#?}");
}

#[test]
fn a_registry_that_goes_quiet() {
    let push = Push::with([on(Method::POST, UPLOADS, Act::Stall)]);
    let output = push.run(&[
        "--set",
        "network.retries=0",
        "--set",
        "network.timeout=\"1s\"",
    ]);
    insta::assert_snapshot!(output.ends_with(69), @"
    exit: 69
    stdout:
    stderr:
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: the start of an upload to $REGISTRY/team/hello failed
      caused by: $REGISTRY moved less than 1 KiB in 1 seconds
      hint: see whether $REGISTRY is up and its name is right; HTTPS_PROXY names a proxy
    ");
}
