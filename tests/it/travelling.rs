//! What was made on one machine is not made on another: memos in a registry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::http::Method;
use crate::support::registry::{FakeRegistry, digest_of};
use crate::support::samples::printing;

/// A runner: a machine with an empty cache, and the sources of hello.
fn runner() -> TestEnvironment {
    TestEnvironment::with_watched_go().with_hello()
}

/// Pushes hello with a cache in the registry, and returns what stdout says.
fn pushed(runner: &TestEnvironment, registry: &FakeRegistry, args: &[&str]) -> String {
    let (repository, cache) = (
        registry.repository("team/hello"),
        registry.repository("team/cache"),
    );
    let trusting = format!("cache.registry={cache}");
    let push = ["push", "--repo", &repository, "--set", &trusting];
    let output = runner.run([&push, args].concat()).success();
    output.line().to_owned()
}

const UNSIGNED: [&str; 2] = ["--set", "cache.trust=unsigned"];

#[test]
fn a_fresh_runner_pushes_an_unchanged_program_without_compiling() {
    let registry = FakeRegistry::start();
    let first = pushed(&runner(), &registry, &UNSIGNED);
    let known = registry.journal().len();
    let fresh = runner();
    assert_eq!(pushed(&fresh, &registry, &UNSIGNED), first);
    fresh.assert_nothing_compiled();
    let requests = registry.journal().requests_after(known);
    let lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines.len(),
        2,
        "one for the memo, one for the tag: {lines:#?}"
    );
}

#[test]
fn a_layer_is_mounted_from_the_cache_into_a_repository_that_lacks_it() {
    let registry = FakeRegistry::start();
    let cache = registry.repository("team/cache");
    let (first, other) = (runner(), runner());
    pushed(&first, &registry, &UNSIGNED);
    let known = registry.journal().len();
    let repository = registry.repository("team/other");
    let push = [
        "push",
        "--repo",
        &repository,
        "--cache-from",
        &cache,
        "--set",
        "cache.trust=unsigned",
    ];
    other.run(push).success();
    other.assert_nothing_compiled();
    let requests = registry.journal().requests_after(known);
    let layer = |path: &str| path.contains("mount=") && path.contains("from=team%2Fcache");
    assert!(
        requests.iter().any(|request| layer(&request.to_string())),
        "{requests:#?}"
    );
    let largest = requests.iter().map(|request| request.body_bytes).max();
    let base_bytes = 400_000;
    assert!(largest < Some(base_bytes), "{requests:#?}");
}

#[test]
fn a_build_fetches_what_was_made_elsewhere() {
    let registry = FakeRegistry::start();
    let cache = registry.repository("team/cache");
    let here = runner();
    pushed(&here, &registry, &UNSIGNED);
    let there = runner();
    let args = [
        "build",
        "--cache-from",
        &cache,
        "--set",
        "cache.trust=unsigned",
    ];
    let built = there.run(args).success();
    there.assert_nothing_compiled();
    assert_eq!(here.run(["build"]).success().stdout, built.stdout);
    let written = registry
        .journal()
        .requests()
        .iter()
        .filter(|request| request.method == Method::PUT && request.path().contains("/memo-"))
        .count();
    assert_eq!(written, 1, "a build tells nobody");
}

#[test]
fn an_unsigned_cache_is_not_asked_unless_it_is_trusted() {
    let registry = FakeRegistry::start();
    pushed(&runner(), &registry, &UNSIGNED);
    let fresh = runner();
    let known = registry.journal().len();
    pushed(&fresh, &registry, &[]);
    assert!(fresh.go_commands().contains(&"build".to_owned()));
    let asked = registry.journal().requests_after(known);
    let memos = asked
        .iter()
        .filter(|it| it.method == Method::GET && it.path().contains("/memo-"));
    assert_eq!(memos.count(), 0);
}

#[test]
fn a_change_is_told_to_others() {
    let registry = FakeRegistry::start();
    pushed(&runner(), &registry, &UNSIGNED);
    let changed = runner();
    changed.write("main.go", printing("changed"));
    let second = pushed(&changed, &registry, &UNSIGNED);
    let third = runner();
    third.write("main.go", printing("changed"));
    assert_eq!(pushed(&third, &registry, &UNSIGNED), second);
    third.assert_nothing_compiled();
}

/// Puts another manifest in place of that of the only memo.
fn tamper(registry: &FakeRegistry, change: impl Fn(&mut Value)) {
    let tags = registry.tags("team/cache");
    let memo = tags.first().expect("a memo");
    let manifest = registry.manifest("team/cache", memo).expect("a manifest");
    let mut json = manifest.json();
    change(&mut json);
    registry.put_manifest("team/cache", memo, &manifest.media_type, &json);
}

/// Returns the descriptor of the layer of another program, which is there, whole and unharmed.
fn other_layer(registry: &FakeRegistry) -> Value {
    let other = runner();
    other.write("main.go", printing("another"));
    let repository = registry.repository("team/cache");
    other.run(["push", "--repo", &repository]).success();
    let manifest = registry.manifest("team/cache", "latest").expect("an image");
    manifest.json()["layers"][1].clone()
}

#[test]
fn a_cache_that_holds_another_layer_than_its_memo_tells_is_not_believed() {
    let registry = FakeRegistry::start();
    let first = pushed(&runner(), &registry, &UNSIGNED);
    let other = other_layer(&registry);
    registry.remove_tag("team/cache", "latest");
    tamper(&registry, |manifest| manifest["layers"][0] = other.clone());
    let fresh = runner();
    assert_eq!(pushed(&fresh, &registry, &UNSIGNED), first);
    assert!(fresh.go_commands().contains(&"build".to_owned()));
}

#[test]
fn a_wrong_layer_under_the_right_key_is_refused_where_its_bytes_are_read() {
    let registry = FakeRegistry::start();
    let cache = registry.repository("team/cache");
    let here = runner();
    pushed(&here, &registry, &UNSIGNED);
    let other = other_layer(&registry);
    registry.remove_tag("team/cache", "latest");
    tamper(&registry, |manifest| {
        let data = manifest["config"]["data"].as_str().expect("data");
        let memo = STANDARD.decode(data).expect("base64");
        let mut memo: Value = serde_json::from_slice(&memo).expect("JSON");
        memo["layer"] = other.clone();
        let memo = memo.to_string();
        manifest["layers"][0] = other.clone();
        manifest["config"]["data"] = STANDARD.encode(&memo).into();
        manifest["config"]["digest"] = digest_of(memo.as_bytes()).into();
        manifest["config"]["size"] = memo.len().into();
    });
    let there = runner();
    let args = [
        "build",
        "--cache-from",
        &cache,
        "--set",
        "cache.trust=unsigned",
    ];
    let built = there.run(args).success();
    assert_eq!(here.run(["build"]).success().stdout, built.stdout);
    built.says("is not used: its content is");
    assert!(there.go_commands().contains(&"build".to_owned()));
}

#[test]
fn a_cache_that_is_down_costs_a_warning_and_no_image() {
    let registry = FakeRegistry::start();
    let fresh = runner();
    let repository = registry.repository("team/hello");
    let output = fresh
        .run([
            "push",
            "--repo",
            &repository,
            "--set",
            "cache.registry=127.0.0.1:1/team/cache",
            "--set",
            "cache.trust=unsigned",
            "--set",
            "network.retries=0",
        ])
        .success();
    output.says("cannot be asked for what was made before");
}

#[test]
fn nothing_of_a_program_that_breaks_a_rule_is_shared() {
    let registry = FakeRegistry::start();
    let refused = runner();
    let rules = "[policy]\nvulnerabilities = \"off\"\nrequired = [\"go.uber.org/zap\"]\n";
    refused.write("coracle.toml", rules);
    let repository = registry.repository("team/hello");
    let cache = format!("cache.registry={}", registry.repository("team/cache"));
    let push = ["push", "--repo", &repository, "--set", &cache];
    let push = [&push[..], &UNSIGNED].concat();
    refused.run(&push).ends_with(1).says("go.uber.org/zap");
    assert!(registry.tags("team/cache").is_empty());
    pushed(&runner(), &registry, &UNSIGNED);
    assert!(!registry.tags("team/cache").is_empty());
}
