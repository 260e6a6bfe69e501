//! Pipelines that are none, and stages that misbehave.

use super::{OWN_ONLY, pairs, ran, stage, states, with_module};
use crate::support::programs;
use crate::support::running::{Signal, until};

#[test]
fn what_is_wrong_with_stages_is_told_before_one_runs() {
    let two = |first: &str, second: &str| [stage("a", "", first), stage("b", "", second)].concat();
    for (settings, message) in [
        (
            two("", "needs = [\"aa\"]"),
            "[pipeline.stages.b] needs names the stage \"aa\", which is not there",
        ),
        (
            two("needs = [\"b\"]", "needs = [\"a\"]"),
            "stages wait for each other: a → b → a",
        ),
        (
            "[pipeline.stages.a]\n".to_owned(),
            "the stage a has no command",
        ),
        (
            "[pipeline.stages.a]\ncommand = []\n".to_owned(),
            "the stage a has no command",
        ),
        (
            two("outputs = [\"web\"]", "outputs = [\"web/dist\"]"),
            "a and b both make web/dist",
        ),
        (
            two("secrets = [\"X\"]", ""),
            "the stage a asks for the secret X, which is not in [secrets.values]",
        ),
        (
            "[pipeline]\nwithout = [\"tset\"]\n".to_owned(),
            "[pipeline] without names the stage \"tset\", which is not there",
        ),
        (
            "[pipeline.test]\nrace = true\n".to_owned(),
            "race = true needs a C compiler",
        ),
        (
            "[pipeline.stages.a]\ncommand = [\"sh\"]\non = [\"merge\"]\n".to_owned(),
            "merge",
        ),
        (
            "[secrets.values.X]\n".to_owned(),
            "a secret comes from env or from command",
        ),
    ] {
        let environment = with_module(&settings);
        let output = environment.run(["ci"]).ends_with(2).says(message);
        assert!(
            output.stderr.contains("hint: ") || message == "merge",
            "{output}"
        );
        assert_eq!(ran(&environment), Vec::<String>::new());
    }
}

#[test]
fn a_stage_that_is_meant_is_named() {
    let environment = with_module("[pipeline]\nwithout = [\"tset\"]\n");
    environment
        .run(["ci"])
        .ends_with(2)
        .says("did you mean \"test\"?");
    environment.write("coracle.toml", "");
    environment
        .run(["ci", "--from", "biuld"])
        .ends_with(2)
        .says("did you mean \"build\"?");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let settings = "[pipeline.stages.a]\ncommand = [\"no-such-linter\"]\n";
    let environment = with_module(&[OWN_ONLY, settings].concat());
    environment
        .run(["ci"])
        .ends_with(1)
        .says("no-such-linter: there is no such program on PATH");
}

#[test]
fn a_stage_that_hangs_is_ended_with_all_that_it_started() {
    let script = "sleep 600 & echo $! > ../child; wait";
    let environment = with_module(&[OWN_ONLY, &stage("a", script, "timeout = \"3s\"")].concat());
    let output = environment.run(["ci"]).ends_with(1);
    output.says("took longer than 3 s");
    assert_gone(&environment);
}

#[test]
fn a_test_that_hangs_shows_where() {
    let environment = with_module("[pipeline.test]\nflags = [\"-timeout=1s\"]\n");
    let test = "package main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { select {} }\n";
    environment.write("main_test.go", test);
    environment
        .run(["ci"])
        .ends_with(1)
        .says("example.com/hello.TestIt(");
}

#[test]
fn a_test_that_hangs_until_the_time_of_its_stage_is_over_is_named_and_shows_where() {
    let settings =
        "[pipeline.stages.mine]\ncommand = [\"go\", \"test\", \".\"]\ntimeout = \"20s\"\n";
    let environment = with_module(&[OWN_ONLY, settings].concat());
    let test = "package main\n\nimport (\"os\"; \"testing\")\n\nfunc TestQuick(t *testing.T) {}\n\nfunc TestHangs(t *testing.T) {\n\tt.Run(\"here\", func(t *testing.T) {\n\t\tif _, err := os.Stat(\"hang\"); err == nil {\n\t\t\tselect {}\n\t\t}\n\t})\n}\n";
    environment.write("main_test.go", test);
    // What is compiled already cannot use up the time.
    environment.run(["ci"]).success();
    environment.write("hang", "");
    let output = environment.run(["ci", "--junit", "junit.xml"]).ends_with(1);
    let junit = String::from_utf8(environment.read("junit.xml")).expect("text");
    let case = "name=\"TestHangs/here\" time=\"0.000\" file=\"main_test.go\" line=\"8\"><failure";
    assert!(junit.contains(case), "{junit}");
    environment.assert_no_processes();
    output
        .says(
            "took longer than 20 s, and was ended while this ran: example.com/hello.TestHangs/here",
        )
        .says("mine| SIGQUIT: quit")
        .says("main_test.go:10");
}

#[test]
fn a_flood_keeps_its_end() {
    environment_with_flood()
        .run(["ci"])
        .ends_with(1)
        .says("lines before are left out")
        .says("a| the end");
}

fn environment_with_flood() -> crate::support::TestEnvironment {
    let script = "yes 0123456789 | head -n 300000; echo the end; exit 1";
    let environment = with_module(&[OWN_ONLY, &stage("a", script, "")].concat());
    for name in ["yes", "head"] {
        environment.link_program(name, &programs::find(name));
    }
    environment
}

#[test]
fn children_that_are_left_behind_are_gone() {
    let script = "sleep 600 & echo $! > ../child";
    let environment = with_module(&[OWN_ONLY, &stage("a", script, "")].concat());
    let output = environment.run(["ci"]).success();
    assert_eq!(states(&output), pairs(&[("a", "passed")]));
    assert_gone(&environment);
}

/// Waits until the child whose number a stage wrote down is gone, or waits only for its parent to notice: it was killed when
/// coracle ended, and Linux may still be at it.
#[track_caller]
fn assert_gone(environment: &crate::support::TestEnvironment) {
    let number = std::fs::read_to_string(environment.root().join("child")).expect("a number");
    let status = format!("/proc/{}/stat", number.trim());
    until("the child is gone", || {
        std::fs::read_to_string(&status).map_or(true, |status| status.contains(") Z "))
    });
}

#[test]
fn ctrl_c_ends_all_children_and_the_next_run_goes_on() {
    let script = "[ -e ../go-on ] || { : > ../hangs; sleep 600 & wait; }";
    let settings = [
        OWN_ONLY,
        &stage("a", "", ""),
        &stage("b", script, "needs = [\"a\"]"),
    ];
    let environment = with_module(&settings.concat());
    let running = environment.start(&["ci"]);
    let hangs = environment.root().join("hangs");
    until("the stage hangs", || hangs.exists());
    running.signal(Signal::INT);
    let output = running.end().ends_with(130);
    environment.assert_no_processes();
    assert_eq!(
        states(&output),
        pairs(&[("a", "passed"), ("b", "not run")]),
        "{output}"
    );
    std::fs::write(environment.root().join("go-on"), "").expect("a file");
    environment.run(["ci", "--resume"]).success();
    assert_eq!(ran(&environment), ["a", "b", "b"]);
}

#[test]
fn a_run_that_is_stopped_before_its_first_stage_does_not_end_well() {
    let environment = with_module(&[OWN_ONLY, &stage("a", "", "")].concat());
    let output = environment.run(["ci", "--timeout", "1ms"]).ends_with(75);
    output.says("the time limit is over");
    assert_eq!(ran(&environment), Vec::<String>::new());
}
