//! Whether images are signed by whom they should be.

use crate::support::TestEnvironment;
use crate::support::registry::{Builder, FakeRegistry, Rule};

/// Pushes hello, signed, and returns what it is called.
fn signed(environment: &TestEnvironment, registry: &FakeRegistry) -> String {
    let repository = registry.repository("team/hello");
    let args = ["push", "--repo", &repository];
    environment.run(args).success().line().to_owned()
}

#[test]
fn what_holds_is_told() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let image = signed(&environment, &registry);
    let key = environment.public_key("signer");
    let told = environment.run(["verify", &image, "--key", &key]).success();
    let (_, digest) = image.split_once('@').expect("a digest");
    assert!(told.stdout.starts_with(digest), "{}", told.stdout);
    assert!(told.stdout.contains("\nsignature "), "{}", told.stdout);
    let json = environment
        .run(["verify", &image, "--key", &key, "--json"])
        .success();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["digest"], digest);
}

#[test]
fn an_image_that_nobody_or_somebody_else_signed_is_refused() {
    for rule in [None, Some(Rule::Referrers)] {
        let registry = FakeRegistry::with();
        let registry = rule.into_iter().fold(registry, Builder::rule).start();
        let environment = TestEnvironment::new().with_hello();
        environment.make_key("signer");
        let image = signed(&environment, &registry);
        let key = environment.public_key("signer");
        let verify = ["verify", &image, "--key", &key];
        environment
            .run(verify)
            .ends_with(1)
            .says("no signature of it holds")
            .says("nothing hangs on it");
        let environment = environment.signing_as("other");
        environment.run(["sign", &image]).success();
        environment
            .run(verify)
            .ends_with(1)
            .says("was looked at: it was not signed by this key");
    }
}

#[test]
fn an_attestation_by_the_right_key_is_no_signature() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    let image = signed(&environment, &registry);
    let environment = environment.signing_as("signer");
    environment.write("sbom.json", r#"{"spdxVersion":"SPDX-2.3"}"#);
    environment
        .run([
            "attest",
            &image,
            "--type",
            "spdx",
            "--predicate",
            "sbom.json",
        ])
        .success();
    let key = environment.public_key("signer");
    environment
        .run(["verify", &image, "--key", &key, "--require", "spdx"])
        .ends_with(1)
        .says("no signature of it holds");
    environment.run(["sign", &image]).success();
    environment
        .run(["verify", &image, "--key", &key, "--require", "spdx"])
        .success();
    environment
        .run(["verify", &image, "--key", &key, "--require", "provenance"])
        .ends_with(1)
        .says("no attestation provenance of it holds");
}

#[test]
fn a_bundle_by_a_foreign_key_harms_nobody() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let environment = TestEnvironment::new().with_hello().signing_as("foreign");
    let image = signed(&environment, &registry);
    let environment = environment.signing_as("signer");
    environment
        .run(["sign", &image, "--format", "bundle,classic"])
        .success();
    let key = environment.public_key("signer");
    let told = environment.run(["verify", &image, "--key", &key]).success();
    assert_eq!(
        told.stdout.matches("\nsignature ").count(),
        2,
        "{}",
        told.stdout
    );
}

#[test]
fn what_a_signature_says_can_be_demanded() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let set = "sign.annotations={ stage = \"production\" }";
    let image = environment
        .run(["push", "--repo", &repository, "--set", set])
        .success()
        .line()
        .to_owned();
    let key = environment.public_key("signer");
    let verify = |said: &str| environment.run(["verify", &image, "--key", &key, "-a", said]);
    verify("stage=production").success();
    verify("stage=test")
        .ends_with(1)
        .says("it does not say stage=test");
}

#[test]
fn the_signature_of_another_image_is_worth_nothing() {
    let registry = FakeRegistry::start();
    let mut environment = TestEnvironment::new().with_hello().signing();
    let image = signed(&environment, &registry);
    let (repository, digest) = image.split_once('@').expect("a digest");
    let list = registry
        .manifest("team/hello", &digest.replace(':', "-"))
        .expect("the list of what refers to it");
    environment.unset("CORACLE_KEY");
    environment.write("main.go", crate::support::samples::printing("another"));
    let other = environment
        .run(["push", "--repo", repository])
        .success()
        .line()
        .to_owned();
    let (_, other_digest) = other.split_once('@').expect("a digest");
    // Whoever may write can hang it there.
    registry.put_manifest(
        "team/hello",
        &other_digest.replace(':', "-"),
        &list.media_type,
        &list.json(),
    );
    let key = environment.public_key("signer");
    environment
        .run(["verify", &other, "--key", &key])
        .ends_with(1)
        .says(&format!("it is a statement about {digest}, another image"));
}

#[test]
fn a_key_that_is_none_is_a_usage_error() {
    let environment = TestEnvironment::new();
    let private = environment.make_key("signer").with_extension("key");
    let private = private.to_str().expect("a path in UTF-8");
    for (key, why) in [
        (private, "sign with the .key file"),
        ("missing.pub", "cannot read"),
        ("env://NO_SUCH_KEY", "the variable NO_SUCH_KEY is not set"),
    ] {
        environment
            .run(["verify", "127.0.0.1:1/a:b", "--key", key])
            .ends_with(2)
            .says(why);
    }
}
