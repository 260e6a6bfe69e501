//! What a change touches: what of it runs, and what a later run knows of it.

mod fleet;
mod touching;
mod whole;

use fleet::{Fleet, SETTINGS, named};

use super::{OWN_ONLY, ran, stage, with_module};
use crate::support::Output;
use crate::support::git::{self, GitRepository};
use crate::support::registry::FakeRegistry;

/// Returns the packages whose tests ran.
fn tested(output: &Output) -> Vec<String> {
    let stage = named(output, "test");
    let packages = stage["tests"]["packages"].as_object();
    packages
        .map(|it| it.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn one_service_changed_alone_is_tested_built_and_pushed() {
    let mut fleet = Fleet::new();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/{name}");
    fleet.environment.set("CORACLE_REPO", repository);
    fleet
        .repository
        .git(["checkout", "--quiet", "-b", "change"]);
    fleet.environment.write(
        "worker/more.go",
        "package main\n\nfunc init() { println(\"more\") }\n",
    );
    fleet.repository.commit_all("more");
    let args = ["ci", "--event", "main", "--json", "--since", "main"];
    let output = fleet.environment.run(args).success();
    assert_eq!(tested(&output), ["example.com/worker"]);
    for name in ["test", "build", "push"] {
        assert_eq!(named(&output, name)["state"], "passed", "{name}");
    }
    assert_eq!(named(&output, "push")["commands"][0], "coracle push worker");
    let asked = fleet.asked();
    let tests: Vec<&String> = asked.iter().filter(|it| it.starts_with("test ")).collect();
    assert!(
        matches!(&*tests, [test] if test.ends_with("-short example.com/worker") || test.ends_with(" example.com/worker")),
        "{tests:?}"
    );
    for build in asked.iter().filter(|it| it.starts_with("build ")) {
        assert!(!build.contains("cmd/api"), "{build}");
    }
    assert!(fleet.path("dist/worker.tar").is_file());
    assert!(!fleet.path("dist/api.tar").exists());
    assert!(registry.manifest("team/worker", "latest").is_some());
    assert!(registry.manifest("team/api", "latest").is_none());
}

#[test]
fn a_changed_library_runs_the_tests_of_what_depends_on_it_and_no_others() {
    let fleet = Fleet::new();
    fleet.environment.write(
        "lib/words/words.go",
        "package words\n\nfunc Count() int { return 2 }\n",
    );
    let output = fleet
        .environment
        .run(["ci", "--json", "--since", "main"])
        .success();
    assert_eq!(
        tested(&output),
        ["example.com/lib/words", "example.com/worker"]
    );
    assert_eq!(
        named(&output, "build")["commands"][0],
        "coracle build worker"
    );
}

#[test]
fn nothing_touched_starts_no_test_and_no_compiler() {
    let fleet = Fleet::new();
    fleet.environment.write("README.md", "# the fleet\n");
    fleet.environment.write("docs/new.md", "# new\n");
    let output = fleet
        .environment
        .run(["ci", "--json", "--since", "main"])
        .success();
    for name in ["lint", "test", "build"] {
        let stage = named(&output, name);
        assert_eq!(stage["state"], "skipped", "{output}");
        assert_eq!(stage["reason"], "nothing of it was touched since main");
    }
    assert_eq!(fleet.asked(), Vec::<String>::new());
    let explained = fleet
        .environment
        .run(["ci", "--since", "main", "--explain"]);
    let expected = "test\n    skipped: nothing of it was touched since main\n";
    assert!(explained.success().stdout.contains(expected));
}

#[test]
fn a_later_run_without_it_tests_all_the_rest() {
    let fleet = Fleet::new();
    fleet.environment.write("worker/testdata/in.txt", "2");
    let since = ["ci", "--json", "--since", "main"];
    let output = fleet.environment.run(since).success();
    assert_eq!(tested(&output), ["example.com/worker"]);
    // The same again is known, and for a part no share of all statements is asked.
    let again = fleet.environment.run(since).success();
    assert_eq!(
        named(&again, "test")["reason"],
        "nothing changed since it passed"
    );
    for args in [["ci", "--json"].as_slice(), &["ci", "--json", "--resume"]] {
        // Of the library no statement is covered, which only a run for all asks.
        let output = fleet.environment.run(args).ends_with(1);
        assert_eq!(tested(&output).len(), 5, "{output}");
        output.says("asks for 10 %");
    }
}

#[test]
fn what_passed_for_a_change_does_not_count_when_a_run_for_all_goes_on() {
    let settings = [
        OWN_ONLY,
        &stage("a", "", ""),
        &stage("b", "exit 1", "needs = [\"a\"]"),
    ];
    let environment = with_module(&settings.concat());
    GitRepository::create(environment.work());
    let since = ["ci", "--since", "main", "--resume"];
    environment.run(since).ends_with(1);
    environment.run(since).ends_with(1);
    assert_eq!(ran(&environment), ["a", "b", "b"]);
    environment.run(["ci", "--resume"]).ends_with(1);
    assert_eq!(ran(&environment), ["a", "b", "b", "a", "b"]);
}

#[test]
fn a_stage_of_ones_own_is_skipped_when_none_of_its_inputs_changed() {
    let settings = [
        OWN_ONLY,
        &stage("read", "", "inputs = [\"web/**\"]"),
        &stage(
            "make",
            "read -r x < web/a.css; echo $x > made",
            "inputs = [\"web/*.css\"]\noutputs = [\"made\"]",
        ),
        &stage("use", "", "needs = [\"make\"]\ninputs = [\"made\"]"),
        &stage("always", "", ""),
    ];
    let environment = with_module(&settings.concat());
    environment.write("web/a.css", "first\n");
    environment.write(".gitignore", "made\n");
    GitRepository::create(environment.work());
    let runs = |expected: &[&str]| {
        let _ = std::fs::remove_file(environment.root().join("ran"));
        environment
            .run(["ci", "--since", "main", "--jobs", "1"])
            .success();
        let mut ran = ran(&environment);
        ran.sort();
        assert_eq!(ran, expected);
    };
    // A fresh clone has nothing of what stages make.
    runs(&["always", "make", "use"]);
    runs(&["always"]);
    environment.write("web/a.txt", "new");
    runs(&["always", "read"]);
    environment.write("web/a.css", "changed\n");
    runs(&["always", "make", "read", "use"]);
}

#[test]
fn a_stage_of_ones_own_runs_when_what_a_link_among_its_inputs_stands_for_changed() {
    let environment = with_module(&[OWN_ONLY, &stage("a", "", "inputs = [\"web/**\"]")].concat());
    environment.write("web/a.css", "1");
    environment.write("shared/one.css", "1");
    environment.write("shared/all/deep/two.css", "1");
    environment.write("other/x.css", "1");
    for (target, link) in [
        ("../shared/one.css", "web/one.css"),
        ("../shared/all", "web/all"),
    ] {
        std::os::unix::fs::symlink(target, environment.work().join(link)).expect("a link");
    }
    let repository = GitRepository::create(environment.work());
    for (file, expected) in [
        ("other/x.css", 0),
        ("shared/one.css", 1),
        ("shared/all/deep/two.css", 1),
        ("shared/all/new.css", 1),
    ] {
        let _ = std::fs::remove_file(environment.root().join("ran"));
        environment.write(file, "2");
        environment.run(["ci", "--since", "main"]).success();
        assert_eq!(ran(&environment).len(), expected, "{file}");
        repository.commit_all(file);
    }
}

/// A deploy, which is the command of a stage of one's own.
const STAGING: &str = "\
[pipeline]
without = [\"deploy\"]

[pipeline.stages.staging]
command = [\"coracle\", \"deploy\", \"--pushed\", \"dist/pushed.json\"]
needs   = [\"push\"]
";

#[test]
fn where_a_deploy_follows_all_images_are_pushed_for_it_or_none() {
    let deploy = "[defaults]\nrepository = \"registry.example.com/{name}\"\n\n[deploy]\nhow = { command = { run = [\"true\"] } }\n";
    for (own, last) in [("", "deploy"), (STAGING, "staging")] {
        let fleet = Fleet::with(&[SETTINGS, deploy, own].concat());
        let push = |state: &str| {
            let since = ["--since", "main", "--explain", "--json"];
            let args = ["ci", "--event", "main"].into_iter().chain(since);
            let output = fleet.environment.run(args).success();
            for name in ["push", last] {
                assert_eq!(named(&output, name)["state"], state, "{name}");
            }
            named(&output, "push")["commands"][0].clone()
        };
        push("skipped");
        fleet.environment.write("worker/static/page.html", "<b>");
        assert_eq!(push("not-run"), "coracle push --report dist/pushed.json");
    }
}

#[test]
fn what_names_no_commit_or_has_none_in_common_is_an_error_that_says_what_to_type() {
    let fleet = Fleet::new();
    for (since, says) in [
        ("nowhere", "git fetch origin nowhere:nowhere"),
        (
            "origin/main",
            "git fetch origin main:refs/remotes/origin/main",
        ),
        ("--output=x", "there is no such commit here"),
    ] {
        let since = format!("--since={since}");
        let output = fleet.environment.run(["ci", &since]);
        output.ends_with(2).says(says);
    }
    assert!(!fleet.path("x").exists());
    fleet
        .repository
        .git(["checkout", "--quiet", "--orphan", "other"]);
    fleet.repository.commit_all("other");
    let output = fleet.environment.run(["ci", "--since", "main"]);
    output.ends_with(2).says("no commit in common");
    assert_eq!(fleet.asked(), Vec::<String>::new());
}

#[test]
fn a_clone_that_does_not_see_where_the_change_began_says_what_to_fetch() {
    let fleet = Fleet::new();
    fleet
        .repository
        .git(["checkout", "--quiet", "-b", "change"]);
    for (branch, text) in [("change", "2"), ("main", "3")] {
        fleet.repository.git(["checkout", "--quiet", branch]);
        fleet.environment.write("worker/testdata/in.txt", text);
        fleet.repository.commit_all(branch);
    }
    let folder = fleet.environment.root().join("clone");
    let options = ["--depth=1", "--no-single-branch", "--branch=change"];
    git::clone(&fleet.environment.work(), &folder, &options);
    let output = fleet
        .environment
        .run_in(&folder, ["ci", "--since", "origin/main"]);
    output
        .ends_with(2)
        .says("shallow clone")
        .says("git fetch --unshallow origin main:refs/remotes/origin/main")
        .says("fetch-depth: 0");
    let deep = GitRepository::open(&folder);
    deep.git([
        "fetch",
        "--quiet",
        "--unshallow",
        "origin",
        "main:refs/remotes/origin/main",
    ]);
    let args = ["ci", "--since", "origin/main", "--explain"];
    let output = fleet.environment.run_in(&folder, args).success();
    assert!(output.stdout.contains("coracle build worker"), "{output}");
}

#[test]
fn without_a_repository_nothing_tells_what_changed() {
    let environment = with_module("");
    environment
        .run(["ci", "--since", "main"])
        .ends_with(2)
        .says("no git repository")
        .says("hint: do all there is: coracle ci");
}
