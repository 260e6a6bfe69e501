//! Whose word is taken for what was made on other machines.

use std::path::Path;

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::http::{Act, Fault, Method, Refusal, StatusCode};
use crate::support::keys::PASSWORD;
use crate::support::registry::FakeRegistry;
use crate::support::sigstore::token::{IDENTITY, ISSUER};
use crate::support::sigstore::{Log, Sigstore};

const SIGNATURE: &str = "dev.coracle.memo.signature";

/// A runner: a machine with an empty cache, and the sources of hello.
fn runner() -> TestEnvironment {
    TestEnvironment::with_watched_go().with_hello()
}

/// A key, made on a machine of its own.
struct Key(TestEnvironment);

impl Key {
    fn new() -> Self {
        let environment = TestEnvironment::new();
        environment.make_key("team");
        Self(environment)
    }

    fn public(&self) -> String {
        self.0.public_key("team")
    }

    /// Returns a runner that signs with it.
    fn runner(&self) -> TestEnvironment {
        let mut runner = runner();
        runner.set(
            "CORACLE_KEY",
            Path::new(&self.public()).with_extension("key"),
        );
        runner.set("CORACLE_KEY_PASSWORD", PASSWORD);
        runner
    }
}

/// Pushes hello with a cache in the registry, and returns what stdout says.
fn pushed(runner: &TestEnvironment, registry: &FakeRegistry) -> String {
    let repository = registry.repository("team/hello");
    let cache = format!("cache.registry={}", registry.repository("team/cache"));
    let push = ["push", "--repo", &repository, "--set", &cache];
    runner.run(push).success().line().to_owned()
}

fn compiles(runner: &TestEnvironment) -> bool {
    runner.go_commands().contains(&"build".to_owned())
}

fn the_memo(registry: &FakeRegistry) -> (String, Value) {
    let tag = registry.tags("team/cache").remove(0);
    let manifest = registry.manifest("team/cache", &tag).expect("a memo");
    (tag, manifest.json())
}

fn replace(registry: &FakeRegistry, tag: &str, manifest: &Value) {
    let kind = "application/vnd.oci.image.manifest.v1+json";
    registry.put_manifest("team/cache", tag, kind, manifest);
}

#[test]
fn what_the_same_key_has_signed_is_not_made_again() {
    let (registry, key) = (FakeRegistry::start(), Key::new());
    let first = pushed(&key.runner(), &registry);
    let fresh = key.runner();
    let known = registry.journal().len();
    assert_eq!(pushed(&fresh, &registry), first);
    fresh.assert_nothing_compiled();
    let requests = registry.journal().requests_after(known);
    let memos = requests.iter().filter(|it| it.path().contains("/memo-"));
    assert_eq!(memos.count(), 1, "the signature comes with the memo");
}

#[test]
fn a_machine_that_does_not_sign_takes_the_word_of_a_key_that_is_named() {
    let (registry, key) = (FakeRegistry::start(), Key::new());
    pushed(&key.runner(), &registry);
    let fresh = runner();
    fresh.write("team.pub", std::fs::read(key.public()).expect("a key"));
    let cache = registry.repository("team/cache");
    let build = [
        "build",
        "--cache-from",
        &cache,
        "--set",
        "cache.key=team.pub",
    ];
    fresh.run(build).success();
    fresh.assert_nothing_compiled();
    let known = registry.journal().len();
    pushed(&fresh, &registry);
    let requests = registry.journal().requests_after(known);
    let told = requests
        .iter()
        .filter(|it| it.method == Method::PUT && it.path().contains("/memo-"));
    assert_eq!(told.count(), 0, "what was not made here is told to nobody");
}

#[test]
fn what_nobody_or_another_key_has_signed_is_made_again() {
    let key = Key::new();
    for other in [runner(), Key::new().runner()] {
        let registry = FakeRegistry::start();
        let first = pushed(&other, &registry);
        let fresh = key.runner();
        assert_eq!(pushed(&fresh, &registry), first);
        assert!(compiles(&fresh));
    }
}

#[test]
fn a_signature_of_another_memo_is_none() {
    let (registry, key) = (FakeRegistry::start(), Key::new());
    pushed(&key.runner(), &registry);
    let (tag, good) = the_memo(&registry);
    registry.remove_tag("team/cache", &tag);
    let other = key.runner();
    other.write("main.go", crate::support::samples::printing("another"));
    pushed(&other, &registry);
    let (_, another) = the_memo(&registry);
    let seal = |json: &Value| json["annotations"][SIGNATURE].clone();
    assert_ne!(seal(&good), seal(&another));
    let mut replayed = good.clone();
    replayed["annotations"][SIGNATURE] = seal(&another);
    replace(&registry, &tag, &replayed);
    let fresh = key.runner();
    let repository = registry.repository("team/hello");
    let cache = format!("cache.registry={}", registry.repository("team/cache"));
    let output = fresh
        .run(["push", "--repo", &repository, "--set", &cache])
        .success();
    output.says("which is not believed: its signature is that of something else");
    assert!(compiles(&fresh));
}

#[test]
fn the_word_of_an_identity_is_taken_where_the_project_names_it() {
    let (registry, sigstore) = (FakeRegistry::start(), Sigstore::start());
    let first = runner().with_keyless(&sigstore, Log::Two);
    pushed(&first, &registry);
    let rule = |identity: &str| {
        let config = sigstore.config(Log::Two);
        format!("{config}identity = '{identity}'\nissuer = '{ISSUER}'\n")
    };
    let cache = registry.repository("team/cache");
    let entries = sigstore.asked("/log/entries");
    for (identity, is_believed) in [(IDENTITY, true), ("https://other", false)] {
        // Who builds signs nothing, and needs no token.
        let fresh = runner();
        fresh.write("coracle.toml", rule(identity));
        fresh.write("trusted-root.json", sigstore.trusted_root().to_string());
        let output = fresh.run(["build", "--cache-from", &cache]).success();
        assert_eq!(compiles(&fresh), !is_believed);
        if !is_believed {
            output
                .says("which is not believed: it was signed by")
                .says("expected https://other");
        }
    }
    // A pattern may mean more than those who release.
    let fresh = runner();
    let config = sigstore.config(Log::Two);
    fresh.write(
        "coracle.toml",
        format!("{config}identity_regexp = '.*'\nissuer = '{ISSUER}'\n"),
    );
    fresh.write("trusted-root.json", sigstore.trusted_root().to_string());
    let output = fresh.run(["build", "--cache-from", &cache]).success();
    output.says("nobody is named whose word is taken");
    assert!(compiles(&fresh));
    assert_eq!(sigstore.asked("/log/entries"), entries);
}

#[test]
fn the_same_identity_takes_its_own_word() {
    let (registry, sigstore) = (FakeRegistry::start(), Sigstore::start());
    let image = pushed(&runner().with_keyless(&sigstore, Log::One), &registry);
    let fresh = runner().with_keyless(&sigstore, Log::One);
    assert_eq!(pushed(&fresh, &registry), image);
    fresh.assert_nothing_compiled();
}

#[test]
fn a_log_that_cannot_be_reached_keeps_memos_from_others_alone() {
    let (registry, sigstore) = (FakeRegistry::start(), Sigstore::start());
    let runner = runner().with_keyless(&sigstore, Log::One);
    let image = pushed(&runner, &registry);
    // The image is signed, and the memo is not: it is told anew from an empty cache.
    let tag = registry.tags("team/cache").remove(0);
    registry.remove_tag("team/cache", &tag);
    let fresh = self::runner().with_keyless(&sigstore, Log::One);
    let act = Act::Refuse(Refusal::bare(StatusCode::SERVICE_UNAVAILABLE));
    sigstore.misbehave(Fault::at("/rekor1/*", act));
    let repository = registry.repository("team/hello");
    let cache = format!("cache.registry={}", registry.repository("team/cache"));
    let push = [
        "push",
        "--repo",
        &repository,
        "--set",
        &cache,
        "--set",
        "network.retries=0",
    ];
    let output = fresh.run(push).success();
    assert_eq!(output.line(), image);
    output.says("nobody else is told what was made");
    assert_eq!(registry.tags("team/cache"), [""; 0]);
}
