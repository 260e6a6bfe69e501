//! The states of a build: which Go, which modules, what they hash to, programs, images.

use serde_json::Value;

use crate::modules::{MODULE, project};
use crate::support::image::{array, parse};
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment};

fn report(output: &Output) -> Value {
    parse(output.stdout.as_bytes())
}

/// Returns the states in a report, each with what came of it and what decided.
fn states(report: &Value) -> Vec<[&str; 3]> {
    let word = |state: &Value, key: &str| state[key].as_str().map(str::to_owned);
    let states = array(&report["states"]).iter();
    states
        .map(|state| {
            ["state", "result", "decided"].map(|key| {
                assert!(word(state, key).is_some(), "{state:#}");
                state[key].as_str().unwrap_or_default()
            })
        })
        .collect()
}

fn names<'a>(states: &[[&'a str; 3]]) -> Vec<&'a str> {
    states.iter().map(|[name, _, _]| *name).collect()
}

const ALL: [&str; 5] = [
    "CheckGoVersion",
    "DownloadDeps",
    "VerifyChecksums",
    "Build",
    "ProduceArtifact",
];

#[test]
fn a_push_tells_each_state_that_it_passes_and_one_of_an_unchanged_image_the_first() {
    let proxy = ModuleProxy::empty();
    let mut environment = project(&proxy);
    environment.set("GOPROXY", proxy.url());
    environment.set("GONOSUMDB", "git.example.invalid");
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository, "--json"];

    let first = report(&environment.run(push).success());
    let passed = states(&first);
    assert_eq!(names(&passed), ALL);
    assert!(
        passed.iter().all(|[_, result, _]| *result == "passed"),
        "{passed:?}"
    );
    assert!(passed[0][2].contains("matches"), "{passed:?}");
    assert_eq!(passed[1][2], "1 module downloaded");
    assert_eq!(
        passed[2][2],
        "1 module is what go.sum says, 1 of them read anew"
    );
    assert_eq!([passed[3][2], passed[4][2]], ["1 program", "1 image"]);
    let downloaded = &first["modules"]["downloaded"][0];
    assert_eq!(downloaded["module"], format!("{MODULE}@v1.0.0"));
    assert_ne!(downloaded["size_bytes"], 0);

    let second = report(&environment.run(push).success());
    let passed = states(&second);
    assert_eq!(names(&passed), ["CheckGoVersion"]);
    assert!(passed[0][2].starts_with("unchanged"), "{passed:?}");
    assert!(array(&second["modules"]["downloaded"]).is_empty());
}

#[test]
fn the_states_are_shown_to_whoever_wants_to_see_more() {
    let environment = TestEnvironment::new().with_hello();
    let output = environment.run(["build", "-v"]).success();
    for state in ALL {
        assert!(
            output.stderr.contains(&format!("state  {state}: ")),
            "{output}"
        );
    }
    let output = environment.run(["build"]).success();
    assert!(!output.stderr.contains("CheckGoVersion"), "{output}");
}

#[test]
fn plain_programs_pass_the_same_states() {
    let environment = TestEnvironment::new().with_hello();
    let dist = ["dist", "--platform", "linux/amd64", "--json"];
    let told = report(&environment.run(dist).success());
    assert_eq!(names(&states(&told)), ALL);
}

#[test]
fn a_build_that_fails_tells_the_state_that_it_failed_in() {
    let environment = TestEnvironment::new().with_hello();
    environment.write("main.go", "package main\n\nfunc main() { undefined() }\n");
    let told = report(&environment.run(["build", "--json"]).ends_with(1));
    let passed = states(&told);
    assert_eq!(names(&passed), ALL[..4], "{passed:?}");
    assert_eq!(passed[3][..2], ["Build", "failed"]);
    assert_eq!(told["errors"][0]["context"]["state"], "Build");

    environment.write("coracle.toml", "[go]\nversion = \"1.20.0\"\n");
    let told = report(&environment.run(["build", "--json"]).ends_with(2));
    let passed = states(&told);
    assert_eq!(passed.len(), 1, "{passed:?}");
    assert_eq!(passed[0][..2], ["CheckGoVersion", "failed"]);
}

#[test]
fn a_build_with_a_wrong_sum_fails_where_checksums_are_verified() {
    let proxy = ModuleProxy::empty();
    let mut environment = project(&proxy);
    environment.set("GOPROXY", proxy.url());
    environment.set("GONOSUMDB", "git.example.invalid");
    let other = proxy.publish(MODULE, "v1.0.1", "package dep\n\nconst X = 1\n");
    environment.write("go.sum", other.go_sum.replace("v1.0.1", "v1.0.0"));
    let told = report(&environment.run(["build", "--json"]).ends_with(1));
    let passed = states(&told);
    assert_eq!(
        passed.last().map(|it| [it[0], it[1]]),
        Some(["VerifyChecksums", "failed"])
    );
    let context = &told["errors"][0]["context"];
    assert_eq!(context["cause"], "checksum mismatch", "{told:#}");
}
