//! What the history is asked before a release is pushed.

use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::history::{file, push, put};
use crate::support::image::{array, parse};
use crate::support::registry::FakeRegistry;

const BOTH: &str = "--platform=linux/amd64,linux/arm64";
const REFUSED: &str = "hello: it is not released: built twice, it did not come out the same";

/// Returns the record of a comparison of `hello` on a platform.
fn compared(id: &str, platform: &str, result: &str) -> Value {
    let mut run = push(1, 1.0);
    run["id"] = id.into();
    run["verb"] = "reproduce".into();
    run["reproductions"] = json!([{
        "image": "hello", "platform": platform, "result": result, "digest": "sha256:0",
    }]);
    if result == "different" {
        run["reproductions"][0]["difference"] = "content: /hello differs".into();
    }
    run
}

/// Returns what the last record says of comparisons: platforms and results.
fn last_compared(environment: &TestEnvironment) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(file(environment)).expect("the history");
    let last = parse(text.lines().next_back().expect("a record").as_bytes());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let compared = array(&last["reproductions"]).iter();
    compared
        .map(|it| (text(&it["platform"]), text(&it["result"])))
        .collect()
}

#[test]
fn each_platform_of_a_release_is_held_to_its_own_last_comparison() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::with_watched_go().with_hello();
    let repository = registry.repository("team/hello");
    let (amd, arm) = ("linux/amd64", "linux/arm64");
    put(
        &environment,
        &[compared("1", arm, "different"), compared("2", amd, "same")],
    );
    let push = |platforms: &str| {
        environment.run(["push", "--repo", &repository, "--tag=v1.0.0", platforms])
    };
    push(BOTH)
        .ends_with(1)
        .says(REFUSED)
        .says("linux/arm64, content: /hello differs")
        .says("coracle reproduce hello --platform linux/arm64");
    environment.assert_nothing_compiled();
    push("--platform=linux/amd64").success();
    put(
        &environment,
        &[compared("1", arm, "different"), compared("3", arm, "same")],
    );
    push(BOTH).success();
}

#[test]
fn what_came_of_each_platform_is_recorded() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("main.go", "package main\n\nfunc main() { println(1) }\n");
    environment.write(
        "told_arm64.go",
        "package main\n\nimport _ \"embed\"\n\n//go:embed told.txt\nvar told string\n\n\
         func init() { println(told) }\n",
    );
    environment.write("told.txt", "");
    environment
        .write_go("if [ \"$1\" = build ] && [ \"$GOARCH\" = arm64 ]; then pwd > told.txt; fi");
    let of = |platform: &str, result: &str| (platform.to_owned(), result.to_owned());
    environment.run(["reproduce", BOTH]).ends_with(1);
    assert_eq!(
        last_compared(&environment),
        [of("linux/amd64", "same"), of("linux/arm64", "different")]
    );
    // One that did not come out the same is not forgotten for another that did.
    let args = ["reproduce", "--platform=linux/amd64"];
    environment.run(args).success();
    assert_eq!(last_compared(&environment), [of("linux/amd64", "same")]);
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    environment
        .run(["push", "--repo", &repository, "--tag=v1.0.0", BOTH])
        .ends_with(1)
        .says(REFUSED);
    assert_eq!(registry.journal().len(), 0);
}

#[test]
fn programs_of_a_release_that_did_not_reproduce_are_not_pushed() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::with_watched_go().with_hello();
    let repository = registry.repository("team/hello");
    put(&environment, &[compared("1", "", "different")]);
    let dist = |version: &str, flags: &[&str]| {
        let version = format!("stamp.version={version}");
        let args = ["dist", "--platform=linux/amd64", "--set", &version];
        environment.run([&args[..], flags].concat())
    };
    let pushed = ["--push", "--repo", &repository];
    dist("v1.0.0", &pushed)
        .ends_with(1)
        .says(REFUSED)
        .says("hint: mend it, and compare again: coracle reproduce hello");
    assert_eq!(registry.journal().len(), 0);
    environment.assert_nothing_compiled();
    dist("v1.0.0-rc1", &pushed).success();
    // What stays here is no release yet.
    dist("v1.0.0", &[]).success();
    assert_eq!(registry.tags("team/hello"), ["v1.0.0-rc1-dist"]);
}

#[test]
fn what_others_may_know_and_cannot_be_asked_is_said_and_why() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    let repository = registry.repository("team/hello");
    let args = ["push", "--repo", &repository, "--tag=v1.0.0"];
    let unknown = "does not come out the same twice is not known: ";
    let alone = environment.run(args).success();
    assert!(!alone.stderr.contains(unknown), "{alone}");
    let away = "[history]\nregistry = \"127.0.0.1:1/team/history\"\n[network]\nretries = 0\n";
    environment.write("coracle.toml", away);
    environment
        .run(args)
        .success()
        .says(&format!(
            "{unknown}it cannot be asked for the runs of others"
        ))
        .says("hint: compare here before it is pushed: coracle reproduce");
    environment
        .run([&args[..], &["--offline"]].concat())
        .says(&format!("{unknown}--offline keeps from asking"));
    // Of this machine it may not be known either, and that is said and stops nothing.
    let file = file(&environment);
    std::fs::remove_file(&file).expect("the history");
    std::fs::create_dir(&file).expect("a folder in its place");
    environment.run(args).success().says(&format!(
        "warning: whether this machine found that this release {unknown}cannot read the history"
    ));
    std::fs::remove_dir(&file).expect("the folder");
    // What this machine knows counts all the same.
    put(&environment, &[compared("1", "", "different")]);
    environment.run(args).ends_with(1).says(REFUSED);
}
