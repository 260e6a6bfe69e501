//! From a push to where images run, in one pipeline.

use super::with_module;
use crate::support::TestEnvironment;
use crate::support::registry::FakeRegistry;
use crate::support::running::{Signal, until};

const DEPLOY: &str = "[deploy]\nsmoke = [{ command = [\"works\"], interval = \"10ms\", timeout = \"10s\" }]\n\
     [deploy.environments.production]\n[deploy.environments.staging]\n\
     [deploy.how.command]\nrun = [\"deploy-it\"]\nstatus = [\"running-it\"]\n";

/// Returns a project that is published to `repository` and deployed by programs that write down what they are told.
fn shop(repository: &str, without: &str) -> TestEnvironment {
    let environment = with_module(&format!(
        "[images.hello]\nmain = \".\"\nrepository = \"{repository}\"\n[pipeline]\nwithout = [{without}]\n{DEPLOY}"
    ));
    let deploy = "echo \"$CORACLE_ACTION $CORACLE_ENVIRONMENT $CORACLE_IMAGE\" >> ../ran\n\
                  echo \"hello $CORACLE_IMAGE\" > \"../running-$CORACLE_ENVIRONMENT\"";
    environment.write_program("deploy-it", deploy);
    let running = "if [ -e \"../running-$CORACLE_ENVIRONMENT\" ]; then /bin/cat \"../running-$CORACLE_ENVIRONMENT\"; fi";
    environment.write_program("running-it", running);
    environment.write_program(
        "works",
        "echo \"works $CORACLE_ENVIRONMENT\" >> ../ran; [ ! -e ../fails ]",
    );
    environment
}

#[test]
fn what_this_run_has_pushed_is_deployed_and_tried_and_nothing_else() {
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let environment = shop(&repository, "\"lint\", \"test\", \"build\"");
    environment.run(["ci", "--event", "main"]).success();
    let report: serde_json::Value =
        serde_json::from_slice(&environment.read("dist/pushed.json")).expect("a report");
    let digest = report["images"][0]["digest"].as_str().expect("a digest");
    let image = format!("{repository}@{digest}");
    let ran = super::ran(&environment);
    let expected = |name: &str| format!("deploy {name} {image}");
    assert_eq!(ran[0], expected("staging"));
    let second = ran.iter().position(|it| *it == expected("production"));
    let second = second.expect("production comes after staging");
    assert!(
        ran[1..second].iter().all(|it| it == "works staging"),
        "{ran:?}"
    );
    // The stage `smoke` tries both once more.
    let last = ran.last().expect("lines");
    assert_eq!(last, "works production");
    std::fs::write(environment.root().join("fails"), "").expect("a file");
    let output = environment
        .run(["ci", "--event", "main", "--from", "smoke"])
        .ends_with(1);
    output.says("the smoke test works failed");
    let ran = super::ran(&environment);
    assert_eq!(ran.iter().filter(|it| it.starts_with("deploy")).count(), 2);
}

#[test]
fn pull_requests_deploy_nothing_and_neither_does_a_run_that_pushes_nothing() {
    let environment = shop("registry.example.com/hello", "");
    environment
        .run(["ci", "--from", "deploy"])
        .ends_with(2)
        .says("deploy: this stage is left out: it does not run for pull-request")
        .says("hint: what runs for another event: coracle ci --explain --event main");
    let explained = environment.run(["ci", "--explain"]).success();
    for name in ["push", "deploy", "smoke"] {
        let line = format!("{name}: left out: it does not run for pull-request");
        assert!(explained.stdout.contains(&line), "{explained}");
    }
    let explained = environment
        .run(["ci", "--explain", "--event", "main"])
        .success();
    let road = "push, after build, lint, test\n    coracle push --report dist/pushed.json\n\
                deploy, after push\n    coracle deploy --pushed dist/pushed.json\n\
                smoke, after deploy\n    coracle status --smoke\n";
    assert!(explained.stdout.contains(road), "{explained}");
    let environment = shop("registry.example.com/hello", "\"push\"");
    let explained = environment
        .run(["ci", "--explain", "--event", "main"])
        .success();
    assert!(
        explained
            .stdout
            .contains("deploy: left out: it needs push, which does not run"),
        "{explained}"
    );
}

#[test]
fn a_release_is_pushed_once_it_came_out_the_same_twice() {
    let environment = shop("registry.example.com/hello", "");
    let explain = |event| {
        let output = environment.run(["ci", "--explain", "--event", event]);
        output.success().stdout
    };
    let explained = explain("tag");
    for stage in [
        "reproduce, after lint, test\n    coracle reproduce\n",
        "push, after build, lint, reproduce, test\n",
    ] {
        assert!(explained.contains(stage), "{explained}");
    }
    let explained = explain("main");
    let line = "reproduce: left out: it does not run for main";
    assert!(explained.contains(line), "{explained}");
}

#[test]
fn a_push_that_fails_leaves_no_report_of_an_older_one_to_deploy() {
    let environment = shop("127.0.0.1:1/hello", "\"lint\", \"test\", \"build\"");
    environment.write("dist/pushed.json", "{\"status\": \"done\", \"images\": []}");
    let output = environment.run(["ci", "--event", "main"]).ends_with(1);
    output.says("push: failed");
    let report: serde_json::Value =
        serde_json::from_slice(&environment.read("dist/pushed.json")).expect("a report");
    assert_eq!(report["status"], "failed");
    assert_eq!(super::ran(&environment), Vec::<String>::new());
}

#[test]
fn ctrl_c_ends_the_program_of_a_deploy_too_though_it_does_not_listen() {
    let registry = FakeRegistry::start();
    let environment = shop(
        &registry.repository("team/hello"),
        "\"lint\", \"test\", \"build\"",
    );
    environment.write_program(
        "deploy-it",
        "trap '' INT TERM; : > ../hangs; sleep 600; sleep 600",
    );
    let running = environment.start(&["ci", "--event", "main"]);
    let hangs = environment.root().join("hangs");
    until("the deploy hangs", || hangs.exists());
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
}
