//! The doubles that other tests stand on obey the real contracts.

use std::time::Duration;

use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::http::{Act, Fault, Method, Refusal, RetryAfter, StatusCode};
use crate::support::registry::{Builder, FakeRegistry, Login, Rule, TokenServer};
use crate::support::tools::{self, Tool};

/// Pushes an image of two layers with crane, copies it, and lets crane check all of it.
fn crane_is_content_with(registry: &FakeRegistry, login: Option<(&str, &str)>) {
    let mut environment = TestEnvironment::without_go();
    let certificate = registry.certificate_pem().unwrap_or_default();
    let certificate = environment.write("ca.pem", certificate);
    environment.set("SSL_CERT_FILE", certificate);
    crane_works(&environment, registry.host(), login);
    let manifest = registry.manifest("team/copy", "v1");
    assert!(manifest.is_some());
}

fn crane_works(environment: &TestEnvironment, host: &str, login: Option<(&str, &str)>) {
    let crane = tools::get(Tool::Crane);
    let crane = |args: &[&str]| {
        let output = environment.run_command(environment.command(&crane).args(args));
        output.success()
    };
    if let Some((user, password)) = login {
        crane(&["auth", "login", host, "-u", user, "-p", password]);
    }
    environment.write("layer.tar", tar_of_one_file());
    let pushed = format!("{host}/team/api:v1");
    let copied = format!("{host}/team/copy:v1");
    crane(&["append", "--new_layer", "layer.tar", "--new_tag", &pushed]);
    crane(&["validate", "--remote", &pushed]);
    crane(&["copy", &pushed, &copied]);
    crane(&["validate", "--remote", &copied]);
    assert_eq!(crane(&["ls", &format!("{host}/team/api")]).line(), "v1");
    assert_eq!(
        crane(&["digest", &pushed]).line(),
        crane(&["digest", &copied]).line()
    );
}

fn tar_of_one_file() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    let content = b"hello";
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "hello.txt", &content[..])
        .expect("an entry");
    tar.into_inner().expect("a tar")
}

fn with_builder(build: impl FnOnce(Builder) -> Builder) -> FakeRegistry {
    build(FakeRegistry::with()).start()
}

#[test]
fn crane_works_with_the_fake_registry() {
    crane_is_content_with(&FakeRegistry::start(), None);
}

#[test]
fn crane_works_with_the_fake_registry_over_https() {
    crane_is_content_with(&with_builder(Builder::https), None);
}

#[test]
fn crane_works_with_the_fake_registry_that_wants_a_password() {
    let login = Login::new("gopher", "secret");
    let registry = with_builder(|registry| registry.basic(login));
    crane_is_content_with(&registry, Some(("gopher", "secret")));
    let first = &registry.journal().requests()[0];
    assert_eq!(first.status, Some(StatusCode::UNAUTHORIZED));
}

#[test]
fn crane_works_with_the_fake_registry_that_wants_tokens() {
    let server = TokenServer::with_login(Login::new("gopher", "secret"));
    let registry = with_builder(|registry| registry.bearer(server));
    crane_is_content_with(&registry, Some(("gopher", "secret")));
}

#[test]
fn crane_works_with_the_fake_registry_that_keeps_blobs_elsewhere() {
    let server = TokenServer::with_login(Login::new("gopher", "secret"));
    let registry = with_builder(|registry| registry.bearer(server).redirect_blobs());
    crane_is_content_with(&registry, Some(("gopher", "secret")));
    let elsewhere = registry.storage_requests();
    assert!(!elsewhere.is_empty());
    let credentials = elsewhere
        .iter()
        .filter_map(|asked| asked.header("authorization"));
    assert_eq!(credentials.count(), 0);
}

#[test]
fn crane_works_with_the_fake_registry_that_refuses_mounts() {
    crane_is_content_with(
        &with_builder(|registry| registry.rule(Rule::RefusesMounts)),
        None,
    );
}

#[test]
fn crane_works_with_the_real_registry_in_all_its_forms() {
    let login = Some(("gopher", "secret"));
    let tokens = TokenServer::with_login(Login::new("gopher", "secret")).signed_tokens();
    let tokens = with_builder(|registry| registry.bearer(tokens));
    for (access, login) in [
        (Access::Open, None),
        (Access::Htpasswd, login),
        (Access::TokensOf(&tokens), login),
    ] {
        let registry = Distribution::start(&access);
        crane_works(&TestEnvironment::without_go(), registry.host(), login);
    }
}

/// Status and body of an answer, or why there is none.
type Answer = Result<(u16, String), reqwest::Error>;

fn ask(registry: &FakeRegistry, method: Method, path: &str, body: &'static str) -> Answer {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .build()?;
        let url = format!("http://{}{path}", registry.host());
        let asked = client.request(method, url).header("content-type", MANIFEST);
        let answer = asked.body(body).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    })
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Returns what a client gets of the blob `hello` once `act` is ordered; the next client gets the blob.
fn blob_with_fault(act: impl Into<Act>) -> Answer {
    let registry = FakeRegistry::start();
    let blob = format!(
        "/v2/team/api/blobs/{}",
        registry.put_blob("team/api", "hello")
    );
    registry.misbehave(Fault::on(Method::GET, "/v2/*/blobs/*", act.into()).times(1));
    let answer = ask(&registry, Method::GET, &blob, "");
    let healed = ask(&registry, Method::GET, &blob, "").expect("an honest answer");
    assert_eq!(healed, (200, "hello".to_owned()));
    assert_eq!(registry.journal().len(), 2);
    answer
}

#[test]
fn each_fault_strikes_as_often_as_ordered() {
    let refusal = Refusal::bare(StatusCode::TOO_MANY_REQUESTS).retry_after(RetryAfter::Seconds(3));
    let status = StatusCode::TEMPORARY_REDIRECT;
    let redirect = Act::Redirect(status, "http://elsewhere.example/".into());
    let cases = [
        (Act::from(refusal), (429, "")),
        (redirect, (307, "")),
        (Act::Corrupt, (200, "iello")),
        (Act::Shorten, (200, "hell")),
        (Act::Body(b"other".to_vec()), (200, "other")),
    ];
    for (act, (status, body)) in cases {
        let answer = blob_with_fault(act.clone()).expect("an answer");
        assert_eq!(answer, (status, body.to_owned()), "{act:?}");
    }
}

#[test]
fn a_server_can_break_off() {
    assert!(blob_with_fault(Act::HangUp { after_bytes: 0 }).is_err());
    assert!(blob_with_fault(Act::CutAnswer { after_bytes: 2 }).is_err());
    assert!(blob_with_fault(Act::Stall).is_err_and(|error| error.is_timeout()));
    assert!(blob_with_fault(Act::Endless).is_err_and(|error| error.is_timeout()));
}

#[test]
fn a_watched_go_tells_what_it_is_asked() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.run(["build"]).success();
    let commands = environment.go_commands();
    for command in ["env", "list", "build"] {
        assert!(
            commands.iter().any(|asked| asked == command),
            "{commands:?}"
        );
    }
}

#[test]
fn the_fake_registry_refuses_what_hangs_in_the_air() {
    let registry = FakeRegistry::start();
    let manifest = r#"{"schemaVersion": 2, "layers": [{"digest": "sha256:00", "size": 1}]}"#;
    let path = "/v2/team/api/manifests/v1";
    let (status, body) = ask(&registry, Method::PUT, path, manifest).expect("an answer");
    assert_eq!(status, 400);
    assert!(body.contains("MANIFEST_BLOB_UNKNOWN"), "{body}");
    assert_eq!(registry.tags("team/api"), Vec::<String>::new());
    let (status, _) = ask(&registry, Method::PUT, path, "not json").expect("an answer");
    assert_eq!(status, 400);
}
