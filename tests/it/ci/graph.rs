//! What runs, in which order.

use super::{OWN_ONLY, pairs, ran, stage, states, with_module};
use crate::support::TestEnvironment;

#[test]
fn a_module_is_vetted_tested_and_built_without_a_word() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let output = environment.run(["ci"]).success();
    let expected = pairs(&[("lint", "passed"), ("test", "passed"), ("build", "passed")]);
    assert_eq!(states(&output), expected, "{output}");
    let commands = environment.go_commands();
    for command in ["vet", "test", "build"] {
        assert!(commands.iter().any(|it| it == command), "{commands:?}");
    }
    assert!(environment.work().join("dist/hello.tar").is_file());
}

#[test]
fn a_test_that_fails_fails_the_run_and_what_it_said_is_shown() {
    let environment = with_module("");
    let test = "package main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { t.Fatal(\"so wrong\") }\n";
    environment.write("main_test.go", test);
    let output = environment.run(["ci"]).ends_with(1);
    let expected = pairs(&[("lint", "passed"), ("test", "failed"), ("build", "passed")]);
    assert_eq!(states(&output), expected, "{output}");
    output.says("so wrong").says("--from test");
}

#[test]
fn a_failure_stops_what_needs_it_and_the_rest_goes_on() {
    let settings = [
        OWN_ONLY,
        &stage("a", "exit 3", ""),
        &stage("b", "", "needs = [\"a\"]"),
        &stage("c", "", "needs = [\"b\"]"),
        &stage("d", "", ""),
    ];
    let environment = with_module(&settings.concat());
    let output = environment.run(["ci"]).ends_with(1);
    let expected = [
        ("a", "failed"),
        ("b", "not run"),
        ("c", "not run"),
        ("d", "passed"),
    ];
    assert_eq!(states(&output), pairs(&expected), "{output}");
    let mut ran = ran(&environment);
    ran.sort();
    assert_eq!(ran, ["a", "d"]);
    output.says("ends with 3");
}

#[test]
fn stages_that_do_not_wait_for_each_other_run_at_once() {
    // Each waits for the other to have begun: one after the other they would run out of time.
    let meet = |name: &str, other: &str| {
        let script = format!("while [ ! -e ../{other}.begun ]; do sleep 0.05; done");
        stage(
            name,
            &format!(": > ../{name}.begun; {script}"),
            "timeout = \"1m\"",
        )
    };
    let environment = with_module(&[OWN_ONLY, &meet("a", "b"), &meet("b", "a")].concat());
    environment.run(["ci", "--jobs", "2"]).success();
}

#[test]
fn pull_requests_publish_nothing_and_what_needs_what_does_not_run_does_not_run() {
    let settings = [
        "[defaults]\nrepository = \"registry.example.com/{name}\"\n",
        &stage("announce", "", "needs = [\"push\"]"),
    ];
    let mut environment = with_module(&settings.concat());
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_REF_NAME", "main"),
    ] {
        environment.set(name, value);
    }
    let explained = environment.run(["ci", "--explain"]).success();
    insta::assert_snapshot!(explained.data(), @"
    for pull-request:
    lint
        go vet ./...
    test
        go test -timeout=600s -short ./...
    build
        coracle build
    announce: left out: it needs push, which does not run
    check: left out: there is no [policy]
    deploy: left out: there is no [deploy]
    dist: left out: it does not run for pull-request
    push: left out: it does not run for pull-request
    reproduce: left out: it does not run for pull-request
    smoke: left out: [deploy] has no smoke test
    ");
    environment.set("GITHUB_EVENT_NAME", "push");
    let mermaid = environment.run(["ci", "--explain", "mermaid"]).success();
    insta::assert_snapshot!(mermaid.data(), @r#"
    flowchart LR
        s_lint["lint"]
        s_test["test"]
        s_build["build"]
        s_push["push"]
        s_build --> s_push
        s_lint --> s_push
        s_test --> s_push
        s_announce["announce"]
        s_push --> s_announce
    "#);
    assert_eq!(environment.go_commands(), Vec::<String>::new());
}

#[test]
fn a_run_goes_on_where_it_is_told_to_or_where_it_stopped() {
    let settings = [
        OWN_ONLY,
        &stage("a", "", ""),
        &stage("b", "[ -e ../mended ]", "needs = [\"a\"]"),
        &stage("c", "", "needs = [\"b\"]"),
    ];
    let environment = with_module(&settings.concat());
    environment.run(["ci"]).ends_with(1);
    assert_eq!(ran(&environment), ["a", "b"]);
    std::fs::write(environment.root().join("mended"), "").expect("a file");
    environment.run(["ci", "--resume"]).success();
    assert_eq!(ran(&environment), ["a", "b", "b", "c"]);
    environment.run(["ci", "--from", "c"]).success();
    assert_eq!(ran(&environment), ["a", "b", "b", "c", "c"]);
    environment.write("notes.txt", "another source");
    environment.run(["ci", "--resume"]).success();
    assert_eq!(ran(&environment).len(), 8);
}

#[test]
fn the_document_and_the_summary_tell_what_came_of_each_stage() {
    let environment = with_module(&[OWN_ONLY, &stage("a", "echo said", "")].concat());
    let output = environment
        .run(["ci", "--json", "--summary", "summary.md"])
        .success();
    let document: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(document["event"], "pull-request");
    assert_eq!(document["stages"][0]["name"], "a");
    assert_eq!(document["stages"][0]["state"], "passed");
    let summary = String::from_utf8(environment.read("summary.md")).expect("text");
    assert!(summary.contains("| a | passed |"), "{summary}");
}

#[test]
fn no_setting_lets_a_pull_request_publish() {
    let settings = [
        "[defaults]\nrepository = \"registry.example.com/{name}\"\n",
        "[pipeline.stages.push]\non = [\"pull-request\"]\n",
    ];
    let sending = [
        "coracle push",
        "./bin/coracle push",
        "coracle -v rollback production",
        "coracle resolve -f config/",
        "coracle apply -f config/",
        "coracle create -f config/",
        "coracle delete -f config/",
        "coracle run .",
        "coracle sign registry.example.com/x",
        "coracle attest registry.example.com/x",
        "coracle dist --archive zip --push",
    ];
    // What only is called like a verb, or makes files alone, is not published.
    let keeping = [
        "sh -c push",
        "coracle dist",
        "coracle status",
        "coracle-not push",
    ];
    let own = |name: &str, command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        format!("[pipeline.stages.{name}]\ncommand = {words:?}\n")
    };
    let mut settings = settings.concat();
    for (number, command) in sending.iter().enumerate() {
        settings.push_str(&own(&format!("sends{number}"), command));
    }
    for (number, command) in keeping.iter().enumerate() {
        settings.push_str(&own(&format!("keeps{number}"), command));
    }
    settings.push_str(&own("run", "sh -c true"));
    let environment = with_module(&settings);
    let explained = environment.run(["ci", "--explain"]).success();
    let is_left_out = |name: &str| {
        let line = format!("{name}: left out: it does not run for pull-request");
        explained.stdout.contains(&line)
    };
    assert!(is_left_out("push"), "{explained}");
    for (number, command) in sending.iter().enumerate() {
        assert!(
            is_left_out(&format!("sends{number}")),
            "{command}: {explained}"
        );
    }
    for (number, command) in keeping.iter().enumerate() {
        assert!(
            !is_left_out(&format!("keeps{number}")),
            "{command}: {explained}"
        );
    }
    assert!(!is_left_out("run"), "{explained}");
}

#[test]
fn on_github_output_is_grouped_and_failures_are_annotated() {
    let settings = [
        OWN_ONLY,
        &stage("a", "echo fine", ""),
        &stage("b", "exit 1", ""),
    ];
    let mut environment = with_module(&settings.concat());
    environment.set("GITHUB_ACTIONS", "true");
    environment.set("GITHUB_STEP_SUMMARY", environment.root().join("summary"));
    let output = environment.run(["ci"]).ends_with(1);
    output
        .says("::group::a\na| fine\n::endgroup::\na: passed")
        .says("::error title=stage b::");
    let summary = std::fs::read_to_string(environment.root().join("summary")).expect("a file");
    assert!(summary.contains("| b | failed |"), "{summary}");
}
