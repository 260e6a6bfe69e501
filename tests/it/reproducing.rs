//! Images that are built twice, in places that have little in common.

use std::path::Path;

use crate::support::TestEnvironment;
use crate::support::git::GitRepository;
use crate::support::history;
use crate::support::image::{array, parse};
use crate::support::registry::FakeRegistry;

/// A program that needs little of Go: all of that is compiled each time.
const SMALL: &str = "package main\n\nfunc main() { println(1) }\n";

/// A program that says what lies in a file beside it.
const EMBEDDING: &str = "package main\n\nimport _ \"embed\"\n\n//go:embed told.txt\nvar told string\n\n\
     func main() { println(told) }\n";

fn assert_nothing_is_left(environment: &TestEnvironment) {
    let cache = environment.get("CORACLE_CACHE").expect("a cache");
    let builds = Path::new(cache).join("builds");
    let left = std::fs::read_dir(builds).expect("a folder").count();
    assert_eq!(left, 0, "something is left of the places");
}

#[test]
fn an_image_comes_out_the_same_twice_and_each_time_it_is_compiled() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("main.go", SMALL);
    let source = GitRepository::create(environment.work());
    source.tag("v1.2.3");
    let twice = environment
        .run(["reproduce"])
        .success()
        .says("verify  built first, with empty caches")
        .says("verify  built again, in another folder and as another user");
    let said = &twice.stdout;
    for what in [
        "folder",
        "user",
        "umask",
        "time zone",
        "locale",
        "Go's build cache",
    ] {
        assert!(said.contains(&format!("\n  {what}")), "no {what}: {said}");
    }
    let built = environment.run(["build", "-q"]).success();
    let (_, digest) = built.line().split_once('@').expect("a digest");
    let first = format!("hello@{digest}  the same both times\n");
    assert!(said.starts_with(&first), "{said}");
    let commands = environment.go_commands();
    let compiled = commands.iter().filter(|command| *command == "build");
    assert_eq!(compiled.count(), 2 + 1, "{commands:?}");
    assert_nothing_is_left(&environment);
}

#[test]
fn a_program_that_the_place_goes_into_is_told_and_in_what_it_differs() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("main.go", EMBEDDING);
    environment.write("told.txt", "");
    environment.write_go("if [ \"$1\" = build ]; then pwd > told.txt; fi");
    let output = environment
        .run(["reproduce", "--json"])
        .ends_with(1)
        .says("error: [verify] hello: it did not come out the same twice");
    let found = parse(output.stdout.as_bytes());
    assert_eq!(found["same"], false);
    assert_eq!(
        found["images"][0]["comparison"]["first"]["cause"],
        "content"
    );
    assert_ne!(found["images"][0]["first"], found["images"][0]["second"]);
    assert_nothing_is_left(&environment);
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let push = |tag| environment.run(["push", "--repo", &repository, "--tag", tag]);
    push("v1.0.0")
        .ends_with(1)
        .says("hello: it is not released: built twice, it did not come out the same");
    push("latest").success();
    let record = history::records(&environment).remove(0);
    assert_eq!(record["failed_in"], "verify", "{record:#}");
    let mut phases = array(&record["phases"]).iter();
    assert!(phases.any(|it| it["phase"] == "compile"), "{record:#}");
    let said = environment.run(["report", "--check"]).ends_with(1);
    for what in [
        "reproducible builds is broken: no release of it is pushed",
        "hello differs: content: /hello",
        "hint: coracle reproduce hello",
    ] {
        assert!(said.stdout.contains(what), "no {what}: {said}");
    }
}

#[test]
fn a_project_in_a_repository_is_copied_with_its_history_and_without_its_cache() {
    let environment = TestEnvironment::new();
    environment.write("README.md", "all of us");
    environment.write("services/app/go.mod", "module example.com/app\n\ngo 1.26\n");
    let main = "package main\n\nvar version string\n\nfunc main() { println(version) }\n";
    environment.write("services/app/main.go", main);
    environment.write("services/app/coracle.toml", "[images.app]\nmain = \".\"\nlabels = { v = \"{version}\" }\n\n[stamp]\nvars = { \"main.version\" = \"{version}\" }\n");
    environment.write(".gitignore", "cache\n");
    let source = GitRepository::create(environment.work());
    source.tag("v2.0.0");
    let mut environment = environment;
    // Not as the tree names it: all the same it is not copied into itself.
    let cache = format!("{}/../work/cache", environment.work().display());
    environment.set("CORACLE_CACHE", cache);
    let said = environment
        .run(["reproduce", "-C", "services/app", "--json"])
        .success()
        .stdout;
    let found = parse(said.as_bytes());
    assert_eq!(found["same"], true, "{found:#}");
    assert_eq!(found["images"][0]["name"], "app");
    assert_nothing_is_left(&environment);
}

#[test]
fn a_build_that_fails_is_told_once_and_a_plan_builds_nothing() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let said = environment.run(["reproduce", "--dry-run"]).success().stdout;
    assert!(said.contains("image     hello"), "{said}");
    environment.assert_nothing_compiled();
    environment.write("main.go", "package main\n\nfunc main() { undefined() }\n");
    let output = environment.run(["reproduce"]).ends_with(1);
    assert_eq!(
        output.stderr.matches("undefined: undefined").count(),
        1,
        "{output}"
    );
    assert_nothing_is_left(&environment);
}
