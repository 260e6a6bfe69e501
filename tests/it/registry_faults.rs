//! What a user sees of a registry that is down, says no, or does not keep to its own rules; and that no tag moves then.

use std::time::Duration;

use serde_json::json;

use crate::support::base_image::MANIFEST;
use crate::support::http::{Act, Fault, Method, Refusal, RetryAfter, StatusCode};
use crate::support::registry::{FakeRegistry, Login, Rule, TokenServer};
use crate::support::{Output, TestEnvironment};

const UPLOADS: &str = "/v2/*/blobs/uploads/*";
const MANIFESTS: &str = "/v2/*/manifests/sha256:*";
const TAG: &str = "/v2/*/manifests/latest";

/// A registry whose tag `latest` shows an old image, and hello, which is to be pushed there.
struct Push {
    environment: TestEnvironment,
    registry: FakeRegistry,
    old: String,
}

impl Push {
    fn to(registry: FakeRegistry) -> Self {
        let mut environment = TestEnvironment::with_watched_go().with_hello();
        environment.replace(registry.host(), "$REGISTRY");
        let image = json!({"schemaVersion": 2, "mediaType": MANIFEST});
        let old = registry.put_manifest("team/hello", "latest", MANIFEST, &image);
        Self {
            environment,
            registry,
            old,
        }
    }

    /// To a registry that everybody may use, with faults.
    fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        let push = Self::to(FakeRegistry::start());
        faults
            .into_iter()
            .for_each(|fault| push.registry.misbehave(fault));
        push
    }

    fn run(&self, flags: &[&str]) -> Output {
        let repository = self.registry.repository("team/hello");
        self.environment
            .run([&["push", "-q", "--repo", &repository], flags].concat())
    }

    /// Pushes, and asserts that the tag is the new image's.
    #[track_caller]
    fn succeeds(&self) {
        let output = self.run(&[]).success();
        let tagged = self.tagged();
        assert_ne!(tagged, self.old);
        assert!(output.line().ends_with(&tagged), "{output}");
    }

    /// Pushes with one further attempt, asserts that the tag stays and the exit code, and returns what is said.
    #[track_caller]
    fn fails(&self, code: i32) -> String {
        let output = self.run(&["--set", "network.retries=1"]).ends_with(code);
        assert_eq!(self.tagged(), self.old, "the tag moved");
        assert_eq!(output.stdout, "");
        assert!(
            !output
                .stderr
                .contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
            "{output}"
        );
        output.talk_without_digests()
    }

    /// As [`Self::fails`], before anything is compiled.
    #[track_caller]
    fn fails_early(&self, code: i32) -> String {
        let said = self.fails(code);
        self.environment.assert_nothing_compiled();
        said
    }

    #[track_caller]
    fn tagged(&self) -> String {
        self.registry
            .manifest("team/hello", "latest")
            .expect("a tag")
            .digest()
    }
}

fn on(method: Method, path: &str, act: impl Into<Act>) -> Fault {
    Fault::on(method, path, act.into())
}

fn bare(status: u16) -> Refusal {
    Refusal::bare(StatusCode::from_u16(status).expect("a status"))
}

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
    let environment = TestEnvironment::with_watched_go().with_hello();
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
fn what_a_registry_cannot_do_right_now_is_tried_again_at_every_step() {
    let once = |method, path, status| on(method, path, bare(status)).times(1);
    let push = Push::with([
        once(Method::POST, UPLOADS, 429),
        once(Method::PUT, UPLOADS, 503),
        once(Method::HEAD, MANIFESTS, 504),
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
fn a_connection_that_breaks_at_every_step_is_made_again() {
    let cut = |method, path, after_bytes| on(method, path, Act::HangUp { after_bytes }).times(1);
    let push = Push::with([
        cut(Method::POST, UPLOADS, 0),
        cut(Method::PUT, UPLOADS, 0),
        cut(Method::HEAD, MANIFESTS, 0),
        cut(Method::PUT, MANIFESTS, 100),
        cut(Method::PUT, TAG, 0),
    ]);
    push.succeeds();
}

#[test]
fn an_upload_that_breaks_off_in_the_middle_is_taken_up_again() {
    let cut = Act::HangUp { after_bytes: 1000 };
    Push::with([
        on(Method::PUT, UPLOADS, cut.clone()).times(2),
        on(Method::PATCH, UPLOADS, cut).times(1),
    ])
    .succeeds();
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
fn an_answer_that_was_lost_after_all_was_done_is_asked_for_again() {
    let lost = |path| {
        on(
            Method::PUT,
            path,
            Act::HangUp {
                after_bytes: usize::MAX,
            },
        )
        .times(1)
    };
    Push::with([lost(UPLOADS), lost(MANIFESTS), lost(TAG)]).succeeds();
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
fn a_registry_whose_tags_never_move() {
    let push = Push::to(FakeRegistry::with().rule(Rule::ImmutableTags).start());
    insta::assert_snapshot!(push.fails(1), @"
    error: [tag] $REGISTRY/team/hello: cannot set the tag latest
      caused by: $REGISTRY answered 400 to the upload of the manifest $REGISTRY/team/hello:latest
      caused by: TAG_INVALID: tag invalid
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

fn with_token_server(server: TokenServer) -> Push {
    Push::to(FakeRegistry::with().bearer(server).start())
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
