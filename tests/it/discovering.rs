//! What hangs on images, as oras finds it.

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::tools::{self, Tool};

/// Returns what hangs on an image: the kinds of its statements, sorted.
fn discovered(environment: &TestEnvironment, image: &str) -> Vec<String> {
    let mut oras = environment.command(tools::get(Tool::Oras));
    oras.args(["discover", "--plain-http", "--format", "json", image]);
    let said = environment.run_command(&mut oras).success();
    let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let referrers = said["referrers"].as_array().expect("referrers");
    let mut kinds: Vec<String> = referrers
        .iter()
        .map(|referrer| {
            let kind = &referrer["annotations"]["dev.sigstore.bundle.predicateType"];
            let kind = kind.as_str().unwrap_or_default();
            format!(
                "{} {kind}",
                referrer["artifactType"].as_str().unwrap_or_default()
            )
        })
        .collect();
    kinds.sort();
    kinds
}

#[test]
fn oras_shows_the_signatures_and_statements_of_an_image() {
    const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let platforms = ["--platform", "linux/amd64,linux/arm64", "--json"];
    let push = [&["push", "--repo", &repository][..], &platforms].concat();
    let report = environment.run(push).success();
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    let image = &report["images"][0];
    let named = |it: &Value| {
        let digest = it["digest"].as_str().expect("a digest");
        format!("{repository}@{digest}")
    };
    let index = named(image);
    environment.write("vex.json", "{}");
    let attest = [
        "attest",
        &index,
        "--type",
        "openvex",
        "--predicate",
        "vex.json",
    ];
    environment.run(attest).success();
    let hung = |kinds: &[&str]| -> Vec<String> {
        kinds
            .iter()
            .map(|kind| format!("{BUNDLE} {kind}"))
            .collect()
    };
    let of_index = [
        "https://coracle.dev/policy/v1",
        "https://openvex.dev/ns",
        "https://sigstore.dev/cosign/sign/v1",
        "https://slsa.dev/provenance/v1",
        "https://spdx.dev/Document",
    ];
    assert_eq!(discovered(&environment, &index), hung(&of_index));
    for platform in image["platforms"].as_array().expect("platforms") {
        let of_platform = of_index.iter().filter(|kind| !kind.contains("openvex"));
        let of_platform: Vec<&str> = of_platform.copied().collect();
        assert_eq!(
            discovered(&environment, &named(platform)),
            hung(&of_platform)
        );
    }
}
