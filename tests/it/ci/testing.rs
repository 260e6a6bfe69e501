//! What the stages `test` and `lint` tell.

use super::{OWN_ONLY, pairs, states, with_module};
use crate::support::{TestEnvironment, programs};

fn with_test(settings: &str, body: &str) -> TestEnvironment {
    let environment = with_module(settings);
    let text = format!("package main\n\nimport \"testing\"\n\n{body}\n");
    environment.write("main_test.go", text.as_str());
    environment
}

#[test]
fn only_what_failed_is_shown_and_not_as_json() {
    let body = "func TestGood(t *testing.T) { t.Log(\"all is well\") }\nfunc TestBad(t *testing.T) { t.Fatal(\"so wrong\") }";
    let environment = with_test("", body);
    let output = environment.run(["ci", "--junit", "junit.xml"]).ends_with(1);
    assert!(!output.stderr.contains("all is well"), "{output}");
    assert!(!output.stderr.contains("\"Action\""), "{output}");
    output
        .says("so wrong")
        .says("2 tests in 1 packages, 1 failed");
    let junit = String::from_utf8(environment.read("junit.xml")).expect("text");
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert!(junit.contains("so wrong"), "{junit}");
}

#[test]
fn a_test_that_passes_when_it_runs_again_is_flaky_and_fails_nothing() {
    let settings = "[pipeline.test]\nretries = 2\n";
    let environment = with_module(settings);
    let text = "package main\n\nimport (\"os\"; \"testing\")\n\nfunc TestFlaky(t *testing.T) {\n\tif _, err := os.Stat(\"../ran-once\"); err != nil {\n\t\tos.WriteFile(\"../ran-once\", nil, 0o644)\n\t\tt.Fatal(\"not yet\")\n\t}\n}\n";
    environment.write("main_test.go", text);
    let output = environment.run(["ci"]).success();
    output.says("flaky: example.com/hello.TestFlaky failed, and passed when it ran again");
}

#[test]
fn a_test_that_fails_each_time_fails_the_stage() {
    let settings = "[pipeline.test]\nretries = 1\n";
    let environment = with_test(settings, "func TestBad(t *testing.T) { t.Fatal(\"no\") }");
    environment
        .run(["ci"])
        .ends_with(1)
        .says("what failed runs again (1 of 1)");
}

#[test]
fn what_ends_before_any_test_ran_does_not_pass_by_running_again() {
    let settings = "[pipeline.test]\nretries = 1\nflags = [\"-count=x\"]\n";
    let environment = with_test(settings, "func TestIt(t *testing.T) {}");
    environment.run(["ci"]).ends_with(1).says("ends with 2");
    let environment = with_test(
        "[pipeline.test]\nretries = 1\n",
        "func TestIt(t *testing.T) {}",
    );
    environment.write_go("if [ \"$1\" = test ]; then exit 1; fi");
    environment.run(["ci"]).ends_with(1).says("ends with 1");
}

#[test]
fn less_coverage_than_the_floor_fails_with_the_figure() {
    let settings = "[pipeline.test]\ncoverage = 100\n";
    let environment = with_test(settings, "func TestIt(t *testing.T) {}");
    let output = environment.run(["ci"]).ends_with(1);
    output
        .says("the tests run 0.0 % of all statements, and [pipeline.test] coverage asks for 100 %");
    environment.write("coracle.toml", "[pipeline.test]\ncoverage = 0\n");
    environment
        .run(["ci"])
        .success()
        .says("0.0 % of statements covered");
}

#[test]
fn a_floor_under_coverage_that_nobody_counted_does_not_pass() {
    let test = "func TestIt(t *testing.T) {}";
    let elsewhere = "[pipeline.test]\ncoverage = 1\nflags = [\"-coverprofile=own.out\"]\n";
    let without = "[pipeline.test]\ncoverage = 1\npackages = [\"./lib\"]\n";
    for settings in [elsewhere, without] {
        let environment = with_test(settings, test);
        environment.write("lib/lib.go", "package lib\n\nconst One = 1\n");
        environment
            .run(["ci", "--from", "test"])
            .ends_with(1)
            .says("no statements were counted, and [pipeline.test] coverage asks for 1 % of them")
            .says("hint: ");
    }
}

#[test]
fn what_tests_came_to_is_said_once() {
    let environment = with_test("", "func TestBad(t *testing.T) { t.Fatal(\"so wrong\") }");
    let output = environment.run(["ci", "-v"]).ends_with(1);
    for words in ["1 tests in 1 packages", "so wrong"] {
        assert_eq!(output.stderr.matches(words).count(), 1, "{output}");
    }
}

#[test]
fn a_linter_that_is_missing_is_noted_or_where_it_is_required_an_error() {
    let environment = with_module("");
    environment
        .run(["ci", "--from", "lint"])
        .success()
        .says("golangci-lint is not on PATH, so go vet runs alone");
    environment.write("coracle.toml", "[pipeline.lint]\nlinter = \"required\"\n");
    environment
        .run(["ci"])
        .ends_with(2)
        .says("needs golangci-lint")
        .says("go install github.com/golangci/golangci-lint");
}

#[test]
fn what_linters_find_is_in_sarif_and_at_its_line() {
    let settings = "[pipeline]\nwithout = [\"test\", \"build\"]\n";
    let mut environment = with_module(settings);
    let script = "[ \"$1\" = run ] || exit 0\necho 'main.go:3:5: Error return is not checked (errcheck)'\nexit 1\n";
    environment.write_program("golangci-lint", script);
    environment.set("GITHUB_ACTIONS", "true");
    let output = environment
        .run(["ci", "--sarif", "lint.sarif"])
        .ends_with(1);
    assert_eq!(states(&output), pairs(&[("lint", "failed")]), "{output}");
    output.says("::error file=main.go,line=3,title=errcheck::Error return is not checked");
    let sarif: serde_json::Value =
        serde_json::from_slice(&environment.read("lint.sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "errcheck");
}

#[test]
fn words_of_tests_are_no_commands_of_a_ci_system() {
    let body =
        "func TestBad(t *testing.T) { println(\"::set-output name=x::y\"); t.Fatal(\"]]>\") }";
    let mut environment = with_test("", body);
    environment.set("GITHUB_ACTIONS", "true");
    let output = environment.run(["ci", "--junit", "junit.xml"]).ends_with(1);
    let is_command = |line: &str| line.starts_with("::set-output");
    assert!(!output.stderr.lines().any(is_command), "{output}");
    let junit = String::from_utf8(environment.read("junit.xml")).expect("text");
    assert!(!junit.contains("]]>"), "{junit}");
}

#[test]
fn a_race_fails_the_test_where_there_is_a_compiler() {
    let body = "func TestRace(t *testing.T) {\n\tx, done := 0, make(chan int)\n\tgo func() { x++; close(done) }()\n\tx++\n\t<-done\n\t_ = x\n}";
    let environment = with_test("[pipeline.test]\nrace = true\n", body);
    for name in ["gcc", "as", "ld"] {
        environment.link_program(name, &programs::find(name));
    }
    environment.run(["ci"]).ends_with(1).says("DATA RACE");
}

#[test]
fn a_go_test_of_ones_own_is_read_too() {
    let stage = "[pipeline.stages.mine]\ncommand = [\"go\", \"test\", \"./...\"]\n";
    let environment = with_module(&[OWN_ONLY, stage].concat());
    environment
        .run(["ci"])
        .success()
        .says("mine: 1 tests in 1 packages");
}

#[test]
fn without_go_stages_run_with_the_one_that_the_project_is_built_with() {
    let environment = TestEnvironment::without_go()
        .with_shared_toolchains()
        .with_hello();
    environment.write(
        "main_test.go",
        "package main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) {}\n",
    );
    let ran = |state: &str| {
        let output = environment.run(["ci"]).success();
        let expected = pairs(&[("lint", state), ("test", state), ("build", "passed")]);
        assert_eq!(states(&output), expected, "{output}");
    };
    ran("passed");
    ran("skipped");
}
