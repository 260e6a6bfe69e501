//! Pushes to the CNCF distribution registry, checked by crane.

use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::http::flaky_line::FlakyLine;
use crate::support::registry::{FakeRegistry, Login, TokenServer};
use crate::support::tools::{self, Tool};

const USER: &str = "gopher";
const PASSWORD: &str = "secret";

/// Pushes hello for two platforms and lets crane read all of it.
fn crane_validates_what_is_pushed_to(registry: &Distribution, login: Option<(&str, &str)>) {
    let mut environment = TestEnvironment::new().with_hello();
    if let Some((user, password)) = login {
        environment.set("CORACLE_USER", user);
        environment.set("CORACLE_PASSWORD", password);
    }
    let repository = registry.repository("team/hello");
    let args = [
        "push",
        "--repo",
        &repository,
        "--platform",
        "linux/amd64,linux/arm64",
        "--tag",
        "v1",
    ];
    let output = environment.run(args).success();
    let crane = |args: &[&str]| {
        let mut command = environment.command(tools::get(Tool::Crane));
        environment.run_command(command.args(args)).success()
    };
    if let Some((user, password)) = login {
        crane(&["auth", "login", registry.host(), "-u", user, "-p", password]);
    }
    crane(&["validate", "--remote", output.line()]);
    let tagged = crane(&["digest", &format!("{repository}:v1")]);
    assert_eq!(format!("{repository}@{}", tagged.line()), output.line());
}

#[test]
fn everybody_may_push() {
    crane_validates_what_is_pushed_to(&Distribution::start(&Access::Open), None);
}

#[test]
fn whoever_has_a_password_may_push() {
    let registry = Distribution::start(&Access::Htpasswd);
    crane_validates_what_is_pushed_to(&registry, Some((USER, PASSWORD)));
}

#[test]
fn whoever_gets_a_token_may_push() {
    let server = TokenServer::with_login(Login::new(USER, PASSWORD)).signed_tokens();
    let tokens = FakeRegistry::with().bearer(server).start();
    let registry = Distribution::start(&Access::TokensOf(&tokens));
    crane_validates_what_is_pushed_to(&registry, Some((USER, PASSWORD)));
}

/// Pushes through a line that breaks once, in the middle of something that is longer than `after_bytes`, lets crane read all of it, and returns how many bytes went to the registry
/// beside those of the image.
fn overhead_of_a_break(environment: &TestEnvironment, after_bytes: u64) -> u64 {
    let registry = Distribution::start(&Access::Open);
    let server = registry.host().parse().expect("an address");
    let line = FlakyLine::to(server, after_bytes);
    let repository = format!("{}/team/hello", line.host());
    let args = ["push", "--json", "--repo", &repository];
    let output = environment.run(args).success();
    let report: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    let image_bytes = report["images"][0]["outputs"][0]["sent_bytes"].as_u64();
    let sent_bytes = line.sent_bytes().expect("a connection that broke");
    let digest = report["images"][0]["digest"].as_str().expect("a digest");
    let direct = registry.repository(&format!("team/hello@{digest}"));
    let mut crane = environment.command(tools::get(Tool::Crane));
    environment
        .run_command(crane.args(["validate", "--remote", &direct]))
        .success();
    sent_bytes - image_bytes.expect("a number")
}

#[test]
fn what_broke_off_goes_on_where_it_did() {
    let hello = TestEnvironment::new().with_hello();
    let large = TestEnvironment::new().with_hello().with_noise(40 << 20);
    for (environment, after_bytes) in [(hello, 500_000), (large, 5_000_000)] {
        // The heads of requests, and nothing twice.
        let overhead_bytes = overhead_of_a_break(&environment, after_bytes);
        assert!(overhead_bytes < 100_000, "{overhead_bytes} bytes");
    }
}
