//! What there is for CI systems: valid for those who define it, and its scripts do what they say.

mod github;
mod gitlab;
mod tekton;

use crate::support::TestEnvironment;
use crate::support::git::GitRepository;
use crate::support::registry::{FakeRegistry, Login};

/// Who may push.
const USER: &str = "gopher";
const PASSWORD: &str = "p4ss-of-the-registry";

/// Returns a repository with one image that is pushed to `registry`, on a runner.
fn shop(registry: &FakeRegistry) -> TestEnvironment {
    let environment = TestEnvironment::with_watched_go()
        .with_hello()
        .with_runner();
    let repository = registry.repository("team/{name}");
    environment.write(
        "coracle.toml",
        format!("[images.hello]\nmain = \".\"\nrepository = \"{repository}\"\n"),
    );
    environment.write("go.sum", "");
    GitRepository::create(environment.work()).tag("v1.0.0");
    environment
}

/// Returns a registry that wants a password.
fn registry() -> FakeRegistry {
    FakeRegistry::with()
        .basic(Login::new(USER, PASSWORD))
        .start()
}

/// Asserts that the image is there.
#[track_caller]
fn assert_pushed(registry: &FakeRegistry) {
    assert_eq!(registry.tags("team/hello"), ["latest"]);
}
