//! The reports of a run, and where they go.

use std::os::unix::fs::MetadataExt as _;

use super::{pairs, states, with_module};
use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::git::GitRepository;
use crate::support::tools::{self, Tool};

fn inode(environment: &TestEnvironment, file: &str) -> u64 {
    let path = environment.work().join(file);
    std::fs::metadata(path).expect("a file").ino()
}

#[test]
fn reports_are_written_whole_and_what_is_no_file_is_written_to() {
    let environment = with_module("[pipeline]\nwithout = [\"lint\", \"build\"]\n");
    environment.write("junit.xml", "old");
    let before = inode(&environment, "junit.xml");
    environment.run(["ci", "--junit", "junit.xml"]).success();
    assert_ne!(inode(&environment, "junit.xml"), before);
    let output = environment.run(["ci", "--junit", "/dev/stdout"]).success();
    assert!(output.stdout.contains("<testsuites>"), "{output}");
    let none = environment.run(["ci", "--junit", "/dev/null"]).success();
    assert!(!none.stdout.contains("<testsuites>"), "{none}");
    let failed = environment.run(["ci", "--junit", "gone/junit.xml"]);
    failed.ends_with(73).says("cannot write the report");
}

#[test]
fn the_whole_road_of_the_main_branch_ends_in_a_registry_and_in_reports() {
    let registry = Distribution::start(&Access::Open);
    let repository = registry.repository("team/hello");
    let settings = format!(
        "[images.hello]\nmain = \".\"\nrepository = \"{repository}\"\n\n[policy]\nvulnerabilities = \"off\"\n\n[pipeline.test]\ncoverage = 1\n"
    );
    let mut environment = with_module(&settings);
    let test = "package main\n\nimport \"testing\"\n\nfunc TestItself(t *testing.T) { main() }\n\nfunc TestLater(t *testing.T) { t.Skip(\"later\") }\n";
    environment.write("main_test.go", test);
    environment.write(".gitignore", "*.xml\n*.sarif\n*.md\n");
    let _repository = GitRepository::create(environment.work());
    environment.set("GITHUB_ACTIONS", "true");
    let output = environment.run([
        "ci",
        "--event",
        "main",
        "--junit",
        "junit.xml",
        "--sarif",
        "lint.sarif",
        "--summary",
        "summary.md",
    ]);
    let output = output.success();
    let mut told = states(&output);
    told.sort();
    let all = ["build", "check", "lint", "push", "test"];
    assert_eq!(told, pairs(&all.map(|name| (name, "passed"))), "{output}");
    assert!(!output.stderr.contains("::error"), "{output}");

    let text = |file| String::from_utf8(environment.read(file)).expect("text");
    let junit = text("junit.xml");
    let suite = "<testsuite name=\"example.com/hello\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\"";
    assert!(junit.contains(suite), "{junit}");
    let sarif: serde_json::Value = serde_json::from_str(&text("lint.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    let summary = text("summary.md");
    assert!(summary.contains("| push | passed |"), "{summary}");
    assert!(summary.contains("% of statements covered"), "{summary}");

    let mut crane = environment.command(tools::get(Tool::Crane));
    environment
        .run_command(crane.args(["validate", "--remote", &format!("{repository}:latest")]))
        .success();
}

/// What a run says on GitHub of a test that fails; numbers that differ each time are `N`.
const ON_GITHUB: &str = "\
test: go test -timeout=600s -short ./...
::group::test
test|     main_test.go:6: 100% wrong
test| --- FAIL: TestBad (N s)
test| FAIL\texample.com/hello\tN s
::endgroup::
test: failed after N s
test: 2 tests in 1 packages, 1 failed
::error title=stage test::go test -timeout=600s -short ./... ends with 1
::error file=main_test.go,line=6,title=example.com/hello.TestBad::    main_test.go:6: 100%25 wrong%0A--- FAIL: TestBad (N s)
error: [ci] test: go test -timeout=600s -short ./... ends with 1
  hint: when it is mended, go on: coracle ci --from test
";

#[test]
fn on_github_a_test_that_fails_is_a_group_and_an_annotation() {
    let settings = "[pipeline]\nwithout = [\"lint\", \"build\"]\n\n[pipeline.test]\nrace = false\n";
    let mut environment = with_module(settings);
    let test = "package main\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) {}\nfunc TestBad(t *testing.T)  { t.Error(\"100% wrong\") }\n";
    environment.write("main_test.go", test);
    environment.set("GITHUB_ACTIONS", "true");
    let output = environment.run(["ci"]).ends_with(1);
    let times = regex::Regex::new(r"[0-9]+\.[0-9]+ ?s").expect("a pattern");
    let said = times.replace_all(&output.stderr, "N s");
    let slowest = |line: &&str| !line.starts_with("test: slowest: ");
    let said: Vec<&str> = said.lines().filter(slowest).collect();
    assert_eq!(said.join("\n") + "\n", ON_GITHUB);
}
