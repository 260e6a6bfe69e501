//! Where a login comes from, where it goes, and where it never shows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::base_image::BaseImage;
use crate::support::http::{Act, Fault, Method, StatusCode};
use crate::support::registry::{FakeRegistry, Login, TokenServer};
use crate::support::{Output, TestEnvironment};

const USER: &str = "gopher";
const PASSWORD: &str = "hunter2hunter2";
const IDENTITY: &str = "identity-of-the-gopher";

fn login() -> Login {
    Login::new(USER, PASSWORD)
}

fn registry_with_a_password() -> FakeRegistry {
    FakeRegistry::with().basic(login()).start()
}

/// Pushes hello as loudly as can be, and looks for secrets in all that is said and written.
#[track_caller]
fn push_quietly_about_secrets(environment: &TestEnvironment, registry: &FakeRegistry) {
    let repository = registry.repository("team/hello");
    let args = [
        "push",
        "-vv",
        "--json",
        "--trace",
        "trace.json",
        "--repo",
        &repository,
    ];
    let output = environment.run(args).success();
    let trace = environment.read("trace.json");
    let said = format!(
        "{}{}{}",
        output.stdout,
        output.stderr,
        String::from_utf8_lossy(&trace)
    );
    for secret in [PASSWORD, IDENTITY, &login().encoded(), "token-1"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    assert_eq!(registry.tags("team/hello"), ["latest"]);
}

/// Writes docker's file of logins, and pushes.
#[track_caller]
fn push_with_docker_config(
    config: &serde_json::Value,
    registry: &FakeRegistry,
    helper: Option<&str>,
) {
    let mut environment = TestEnvironment::new().with_hello();
    environment.write("../docker/config.json", config.to_string());
    let folder = environment.root().join("docker");
    environment.set("DOCKER_CONFIG", folder);
    if let Some(script) = helper {
        environment.write_program("docker-credential-vault", script);
    }
    push_quietly_about_secrets(&environment, registry);
}

/// Returns a credential helper that has a login for one registry, as `user`, and for no other.
fn helper(registry: &FakeRegistry, user: &str, secret: &str) -> String {
    let answer = json!({"ServerURL": registry.host(), "Username": user, "Secret": secret});
    format!(
        "[ \"$1\" = get ] || exit 2\nread -r server\n\
         if [ \"$server\" = {host} ]; then echo '{answer}'; exit 0; fi\n\
         echo credentials not found in native keychain; exit 1\n",
        host = registry.host(),
    )
}

#[test]
fn the_environment_has_the_login() {
    let registry = registry_with_a_password();
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("CORACLE_USER", USER);
    environment.set("CORACLE_PASSWORD", PASSWORD);
    push_quietly_about_secrets(&environment, &registry);
}

#[test]
fn dockers_file_has_the_login() {
    let registry = registry_with_a_password();
    let config = json!({"auths": {registry.host(): {"auth": login().encoded()}}});
    push_with_docker_config(&config, &registry, None);
}

#[test]
fn dockers_file_in_the_home_folder_has_the_login() {
    let registry = registry_with_a_password();
    let environment = TestEnvironment::new().with_hello();
    let config = json!({"auths": {registry.host(): {"auth": login().encoded()}}});
    environment.write("../home/.docker/config.json", config.to_string());
    push_quietly_about_secrets(&environment, &registry);
}

#[test]
fn podmans_file_has_the_login() {
    let registry = registry_with_a_password();
    let mut environment = TestEnvironment::new().with_hello();
    let config = json!({"auths": {registry.host(): {"auth": login().encoded()}}});
    let file = environment.write("../auth.json", config.to_string());
    environment.set("REGISTRY_AUTH_FILE", file);
    push_quietly_about_secrets(&environment, &registry);
}

#[test]
fn a_helper_of_the_registry_has_the_login() {
    let registry = registry_with_a_password();
    let config = json!({"credHelpers": {registry.host(): "vault"}});
    push_with_docker_config(&config, &registry, Some(&helper(&registry, USER, PASSWORD)));
}

#[test]
fn a_helper_of_all_registries_has_the_login() {
    let registry = registry_with_a_password();
    let config = json!({"credsStore": "vault"});
    push_with_docker_config(&config, &registry, Some(&helper(&registry, USER, PASSWORD)));
}

#[test]
fn a_helper_has_an_identity_token() {
    let server = TokenServer::with_identity_token(IDENTITY);
    let registry = FakeRegistry::with().bearer(server).start();
    let config = json!({"credsStore": "vault"});
    push_with_docker_config(
        &config,
        &registry,
        Some(&helper(&registry, "<token>", IDENTITY)),
    );
}

#[test]
fn dockers_file_has_an_identity_token() {
    let server = TokenServer::with_identity_token(IDENTITY);
    let registry = FakeRegistry::with().bearer(server).start();
    let auth = STANDARD.encode("00000000-0000-0000-0000-000000000000:");
    let config = json!({"auths": {registry.host(): {"auth": auth, "identitytoken": IDENTITY}}});
    push_with_docker_config(&config, &registry, None);
}

#[test]
fn a_token_is_asked_for_with_the_login() {
    let registry = FakeRegistry::with()
        .bearer(TokenServer::with_login(login()))
        .start();
    let config = json!({"auths": {registry.host(): {"auth": login().encoded()}}});
    push_with_docker_config(&config, &registry, None);
}

#[test]
fn a_token_server_that_honours_one_scope_only_is_asked_again() {
    let server = TokenServer::with_login(login()).first_scope_only();
    let registry = FakeRegistry::with().bearer(server).start();
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("CORACLE_USER", USER);
    environment.set("CORACLE_PASSWORD", PASSWORD);
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    environment.set("BASE", registry.repository("team/base:v1"));
    let (base, to) = (
        registry.repository("team/base:v1"),
        registry.repository("team/hello"),
    );
    environment
        .run(["push", "--base", &base, "--repo", &to])
        .success();
}

#[test]
fn a_login_is_not_sent_before_the_registry_asks() {
    let registry = FakeRegistry::start();
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("CORACLE_USER", USER);
    environment.set("CORACLE_PASSWORD", PASSWORD);
    push_quietly_about_secrets(&environment, &registry);
    let requests = registry.journal().requests();
    let shown = requests
        .iter()
        .filter(|request| request.header("authorization").is_some());
    assert_eq!(shown.count(), 0);
}

#[test]
fn a_login_does_not_follow_a_blob_that_is_kept_elsewhere() {
    let server = TokenServer::with_login(login());
    let registry = FakeRegistry::with().bearer(server).redirect_blobs().start();
    let mut environment = TestEnvironment::new().with_hello();
    let base = BaseImage::new("linux/amd64", &[("a", "b")]);
    base.put(&registry, "team/base", "v1");
    let config = json!({"auths": {registry.host(): {"auth": login().encoded()}}});
    let file = environment.write("../auth.json", config.to_string());
    environment.set("REGISTRY_AUTH_FILE", file);
    environment
        .run(["build", "--base", &registry.repository("team/base:v1")])
        .success();
    let elsewhere = registry.storage_requests();
    assert!(!elsewhere.is_empty());
    let shown = elsewhere
        .iter()
        .filter(|request| request.header("authorization").is_some());
    assert_eq!(shown.count(), 0);
}

#[test]
fn a_login_does_not_follow_an_upload_that_is_sent_elsewhere() {
    let (registry, elsewhere) = (registry_with_a_password(), FakeRegistry::start());
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("CORACLE_USER", USER);
    environment.set("CORACLE_PASSWORD", PASSWORD);
    let to = format!(
        "http://{}/v2/team/hello/blobs/uploads/there",
        elsewhere.host()
    );
    let act = Act::Redirect(StatusCode::TEMPORARY_REDIRECT, to);
    registry.misbehave(Fault::on(Method::PUT, "/v2/*/blobs/uploads/*", act));
    environment.run(["push", "--repo", &registry.repository("team/hello")]);
    let requests = elsewhere.journal().requests();
    assert!(!requests.is_empty());
    let shown = requests
        .iter()
        .filter(|request| request.header("authorization").is_some());
    assert_eq!(shown.count(), 0);
    assert_eq!(registry.tags("team/hello"), Vec::<String>::new());
}

#[test]
fn a_login_does_not_follow_an_upload_that_is_opened_elsewhere() {
    let (registry, elsewhere) = (registry_with_a_password(), FakeRegistry::start());
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("CORACLE_USER", USER);
    environment.set("CORACLE_PASSWORD", PASSWORD);
    let place = format!("http://{}/v2/team/hello/blobs/uploads/1", elsewhere.host());
    let away = Act::Header("location", place);
    let uploads = Fault::on(Method::POST, "/v2/*/blobs/uploads/*", away);
    // The first is refused, and asks for the login.
    registry.misbehave(uploads.after(1).times(1));
    environment
        .run(["push", "--repo", &registry.repository("team/hello")])
        .success();
    let requests = elsewhere.journal().requests();
    assert!(!requests.is_empty());
    let shown = requests
        .iter()
        .filter(|request| request.header("authorization").is_some());
    assert_eq!(shown.count(), 0);
}

#[test]
fn an_identity_token_does_not_follow_a_token_server_that_leads_elsewhere() {
    let server = TokenServer::with_identity_token(IDENTITY);
    let registry = FakeRegistry::with().bearer(server).start();
    let elsewhere = FakeRegistry::start();
    for status in [
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ] {
        let to = format!("http://{}/token", elsewhere.host());
        let act = Act::Redirect(status, to);
        registry.misbehave(Fault::on(Method::POST, "/token", act).times(1));
        let environment = TestEnvironment::with_watched_go().with_hello();
        let config = json!({"auths": {registry.host(): {"identitytoken": IDENTITY}}});
        environment.write("../home/.docker/config.json", config.to_string());
        let args = ["push", "-q", "--repo", &registry.repository("team/hello")];
        let said = environment.run(args).ends_with(1).to_string();
        let why = format!(
            "{} answered {} to the request for a token",
            registry.host(),
            status.as_u16()
        );
        assert!(said.contains(&why), "{said}");
        assert_eq!(elsewhere.journal().len(), 0);
        environment.assert_nothing_compiled();
    }
}

#[test]
fn a_login_of_the_environment_is_not_shown_to_the_bases_registry() {
    let (bases, registry) = (registry_with_a_password(), registry_with_a_password());
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.set("CORACLE_USER", USER);
    environment.set("CORACLE_PASSWORD", PASSWORD);
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&bases, "team/base", "v1");
    let (base, to) = (
        bases.repository("team/base:v1"),
        registry.repository("team/hello"),
    );
    environment
        .run(["push", "-q", "--base", &base, "--repo", &to])
        .ends_with(77);
    let requests = bases.journal().requests();
    let shown = requests
        .iter()
        .filter(|request| request.header("authorization").is_some());
    assert_eq!(shown.count(), 0);
    environment.assert_nothing_compiled();
}

#[test]
fn a_helper_that_fails_is_named_with_its_words() {
    let registry = registry_with_a_password();
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.replace(registry.host(), "$REGISTRY");
    let config = json!({"credsStore": "vault"});
    environment.write("../home/.docker/config.json", config.to_string());
    environment.write_program(
        "docker-credential-vault",
        "echo 'the vault is \x1b[31msealed' >&2; exit 3\n",
    );
    let args = ["push", "-q", "--repo", &registry.repository("team/hello")];
    insta::assert_snapshot!(environment.run(args).ends_with(77), @r"
    exit: 77
    stdout:
    stderr:
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: cannot get the login for $REGISTRY that $TEST/home/.docker/config.json names
      caused by: docker-credential-vault failed: the vault is \u{1b}[31msealed
      hint: make docker-credential-vault work, or take its name out of $TEST/home/.docker/config.json
    ");
}

/// Pushes three images, of which each has a repository, with a helper that counts how often it is asked.
fn asked_for_three_images(registry: &FakeRegistry, script: &str) -> (Output, usize) {
    let names = ["api", "web", "worker"];
    let image = |name: &str| format!("[images.{name}]\nmain = \"./cmd/{name}\"\n");
    let config: String = names.iter().map(|name| image(name)).collect();
    let environment = TestEnvironment::new().with_project(&config, &names);
    let config = json!({"credHelpers": {registry.host(): "vault"}});
    environment.write("../home/.docker/config.json", config.to_string());
    let count = environment.root().join("asked");
    let counting = format!("echo once >> {}\n{script}", count.display());
    environment.write_program("docker-credential-vault", &counting);
    let output = environment.run(["push", "-q", "--repo", &registry.repository("team/{name}")]);
    let asked = std::fs::read_to_string(count).expect("a helper that was asked");
    (output, asked.lines().count())
}

#[test]
fn a_helper_is_asked_once_for_all_repositories_of_a_registry() {
    let registry = registry_with_a_password();
    let script = helper(&registry, USER, PASSWORD);
    let (output, asked) = asked_for_three_images(&registry, &script);
    output.success();
    assert_eq!(registry.tags("team/worker"), ["latest"]);
    assert_eq!(asked, 1);
}

#[test]
fn a_helper_that_fails_is_asked_once() {
    let registry = registry_with_a_password();
    let (output, asked) = asked_for_three_images(&registry, "exit 3\n");
    output.ends_with(77);
    assert_eq!(asked, 1);
}

#[test]
fn a_helper_that_is_not_there_is_named() {
    let registry = registry_with_a_password();
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.replace(registry.host(), "$REGISTRY");
    let config = json!({"credHelpers": {registry.host(): "vault"}});
    environment.write("../home/.docker/config.json", config.to_string());
    let args = ["push", "-q", "--repo", &registry.repository("team/hello")];
    insta::assert_snapshot!(environment.run(args).ends_with(77), @"
    exit: 77
    stdout:
    stderr:
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: cannot get the login for $REGISTRY that $TEST/home/.docker/config.json names
      caused by: there is no docker-credential-vault on the PATH
      hint: make docker-credential-vault work, or take its name out of $TEST/home/.docker/config.json
    ");
}

#[test]
fn a_file_of_logins_that_is_damaged_is_named_without_what_it_says() {
    let registry = registry_with_a_password();
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.replace(registry.host(), "$REGISTRY");
    let config = format!("{{\"auths\": {{\"h\": {{\"auth\": \"{PASSWORD}\"");
    environment.write("../home/.docker/config.json", config);
    let args = ["push", "-q", "--repo", &registry.repository("team/hello")];
    insta::assert_snapshot!(environment.run(args).ends_with(2), @"
    exit: 2
    stdout:
    stderr:
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: cannot use the logins in $TEST/home/.docker/config.json
      caused by: it is not a file of logins, see line 1, column 41
      hint: repair $TEST/home/.docker/config.json, or take it away
    ");
}

#[test]
fn half_a_login_is_misuse() {
    let registry = registry_with_a_password();
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.replace(registry.host(), "$REGISTRY");
    environment.set("CORACLE_USER", USER);
    let args = ["push", "-q", "--repo", &registry.repository("team/hello")];
    insta::assert_snapshot!(environment.run(args).ends_with(2), @"
    exit: 2
    stdout:
    stderr:
    error: [publish] $REGISTRY/team/hello: no image can be pushed
      caused by: CORACLE_USER is set and CORACLE_PASSWORD is not: a login needs both
      hint: set CORACLE_PASSWORD too, or take CORACLE_USER back: unset CORACLE_USER
    ");
}
