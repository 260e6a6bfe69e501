//! Whether images are signed by whom they should be.

use crate::support::TestEnvironment;
use crate::support::base_image::MANIFEST;
use crate::support::memory::{LIMIT_BYTES, run_and_measure};
use crate::support::registry::{Builder, Content, FakeRegistry, Rule};

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
fn attestations_of_older_cosign_count_too() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let image = signed(&environment, &registry);
    let (repository, digest) = image.split_once('@').expect("a digest");
    environment.write("vex.json", "{}");
    let attest = ["attest", &image, "--type", "openvex", "--predicate"];
    environment
        .run([&attest[..], &["vex.json"]].concat())
        .success();
    let key = environment.public_key("signer");
    let json = environment.run(["verify", &image, "--key", &key, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.success().stdout).expect("JSON");
    let found_in = json["statements"][1]["found_in"]
        .as_str()
        .expect("a digest");
    // The same envelope, where older cosign keeps it.
    let name = "team/hello";
    assert_eq!(registry.repository(name), repository);
    let manifest = registry.manifest(name, found_in).expect("it").json();
    let bundle = manifest["layers"][0]["digest"].as_str().expect("a digest");
    let Some(Content::Kept(bundle)) = registry.blob(name, bundle) else {
        panic!("no bundle");
    };
    let bundle: serde_json::Value = serde_json::from_slice(&bundle).expect("JSON");
    let envelope = bundle["dsseEnvelope"].to_string();
    let layer = serde_json::json!({
        "mediaType": "application/vnd.dsse.envelope.v1+json",
        "digest": registry.put_blob(name, envelope.clone()),
        "size": envelope.len(),
    });
    let tag = format!("{}.att", digest.replace(':', "-"));
    let list = serde_json::json!({"schemaVersion": 2, "layers": [layer]});
    registry.put_manifest(name, &tag, MANIFEST, &list);
    registry.remove_manifest(name, found_in);
    environment
        .run(["verify", &image, "--key", &key, "--require", "openvex,vuln"])
        .ends_with(1)
        .says("no attestation vuln of it holds");
    environment
        .run(["verify", &image, "--key", &key, "--require", "openvex"])
        .success();
}

#[test]
fn the_list_of_what_hangs_on_an_image_may_have_many_pages() {
    let registry = FakeRegistry::with().referrers_by(1000).start();
    let environment = TestEnvironment::new().with_hello().signing();
    let image = signed(&environment, &registry);
    let (_, digest) = image.split_once('@').expect("a digest");
    for number in 0..10_000 {
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": "application/vnd.example.report",
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest, "size": 2},
            "layers": [],
            "subject": {"mediaType": MANIFEST, "digest": digest, "size": 2},
            "annotations": {"number": number.to_string()},
        });
        registry.put_manifest("team/hello", "report", MANIFEST, &manifest);
    }
    let key = environment.public_key("signer");
    let known = registry.journal().len();
    let mut verify = environment.coracle(["verify", &image, "--key", &key]);
    let (output, peak_bytes) = run_and_measure(&mut verify);
    environment
        .output(&output)
        .success()
        .says("10004 things hang on the image, and the first 1000 are looked at");
    let asked = registry.journal().requests_after(known);
    let pages = asked.iter().filter(|it| it.path().contains("/referrers/"));
    assert_eq!(pages.count(), 11);
    assert!(peak_bytes <= LIMIT_BYTES, "{} MiB", peak_bytes >> 20);
}

#[test]
fn somebody_must_say_who_must_have_signed() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let image = signed(&environment, &registry);
    environment
        .run(["verify", &image])
        .ends_with(2)
        .says("nobody says who must have signed it")
        .says("name a key: --key coracle.pub");
    let rule = format!(
        "[registries.\"{}\"]\nverify = \"{}\"\n",
        registry.host(),
        environment.public_key("signer")
    );
    environment.write("coracle.toml", rule);
    environment.run(["verify", &image]).success();
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
