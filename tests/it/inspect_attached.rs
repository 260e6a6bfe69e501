//! `coracle inspect`: what hangs on an image.

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::http::{Act, Fault};
use crate::support::registry::{FakeRegistry, Rule};

/// Pushes hello for two platforms, signed in both forms, and returns what it is called. Of it nothing
/// is attested but one statement, so that all can be counted.
fn pushed(registry: &FakeRegistry) -> (TestEnvironment, String) {
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let args = [
        "push",
        "--repo",
        &repository,
        "--platform",
        "linux/amd64,linux/arm64",
        "--set",
        "sign.format=[\"bundle\", \"classic\"]",
        "--set",
        "attest.sbom=[]",
        "--set",
        "attest.provenance=false",
        "--set",
        "attest.policy=false",
    ];
    let image = environment.run(args).success().line().to_owned();
    environment.write("review.json", r#"{"reviewed":true}"#);
    let kind = "https://example.com/review/v1";
    let attest = [
        "attest",
        &image,
        "--type",
        kind,
        "--predicate",
        "review.json",
    ];
    environment.run(attest).success();
    (environment, image)
}

/// Returns the lines of the tree that are about what hangs on an image.
fn attached(tree: &str) -> Vec<String> {
    let is_about = |line: &&str| line.contains("verified") || line.contains("worthless");
    let bare = |line: &str| {
        let line = line.trim_start_matches(['│', '├', '└', '─', ' ']);
        line.split(" by key").next().unwrap_or_default().to_owned()
            + line.rsplit('=').next().unwrap_or_default()
    };
    tree.lines().filter(is_about).map(bare).collect()
}

#[test]
fn what_hangs_on_an_image_is_shown_below_it_and_its_platforms() {
    for rule in [None, Some(Rule::Referrers)] {
        let registry = FakeRegistry::with();
        let registry = match rule {
            Some(rule) => registry.rule(rule),
            None => registry,
        };
        let registry = registry.start();
        let (environment, image) = pushed(&registry);
        let key = environment.public_key("signer");
        let tree = environment
            .run(["inspect", &image, "--key", &key])
            .success();
        assert_eq!(
            attached(&tree.stdout),
            [
                "signature, verified",
                "signature, verified",
                "signature, verified",
                "signature, verified",
                "signature, verified",
                "signature, verified",
                "https://example.com/review/v1, verified",
            ],
            "{tree}"
        );
    }
}

#[test]
fn without_a_key_nothing_is_verified() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let (environment, image) = pushed(&registry);
    let json = environment.run(["inspect", &image, "--json"]).success();
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let attached = json["attached"].as_array().expect("a list");
    assert_eq!(attached.len(), 3);
    for attached in attached {
        assert_eq!(attached["verdict"], "not-verified");
    }
    assert_eq!(attached[0]["kind"], "signature");
    assert_eq!(
        json["images"][0]["attached"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn what_another_key_signed_is_worth_nothing() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let (environment, image) = pushed(&registry);
    environment.make_key("other");
    let key = environment.public_key("other");
    let tree = environment
        .run(["inspect", &image, "--key", &key])
        .success();
    assert_eq!(tree.stdout.matches("worthless").count(), 7, "{tree}");
    assert!(
        tree.stdout.contains("it was not signed by this key"),
        "{tree}"
    );
}

#[test]
fn an_image_is_shown_also_where_what_hangs_on_it_cannot_be_listed() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let (environment, image) = pushed(&registry);
    let endless = Act::Header("link", "<?n=1>; rel=\"next\"".to_owned());
    registry.misbehave(Fault::at("*/referrers/*", endless));
    let said = environment.run(["inspect", &image]).success();
    assert!(said.stdout.contains("program /hello"), "{said}");
    said.says("cannot list what hangs on the image");
}
