//! The Tekton task.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PASSWORD, USER, assert_pushed, registry, shop};
use crate::support::ci_systems::{self, TASK, string};
use crate::support::registry::{FakeRegistry, Login};
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment, folders, programs};

/// Does what the task's step does with these arguments, and returns what it said.
fn run(environment: &TestEnvironment, arguments: &[&str]) -> Output {
    let root = environment.root();
    let step = &ci_systems::parse(&ci_systems::text(TASK))["spec"]["steps"][0];
    let value = |expression: &str| {
        let path = match expression {
            "workspaces.source.path" => environment.work(),
            "workspaces.cache.path" => root.join("cache-volume"),
            "workspaces.logins.path" => root.join("logins"),
            "results.printed.path" => printed(root),
            "params.directory" => PathBuf::from("."),
            other => panic!("no {other} here"),
        };
        path.display().to_string()
    };
    let filled = |text: &str| ci_systems::filled(text, "$(", ")", value);
    let script = environment.script("script", string(&step["script"]));
    assert!(
        string(&step["script"]).starts_with("#!/bin/sh\n"),
        "another shell"
    );
    let mut command = environment.command(programs::find("sh"));
    command.arg(script).args(arguments);
    for variable in step["env"].as_array().expect("variables") {
        let name = string(&variable["name"]);
        command.env(name, filled(string(&variable["value"])));
    }
    command.current_dir(filled(string(&step["workingDir"])));
    environment.run_command(&mut command)
}

fn printed(root: &Path) -> PathBuf {
    root.join("tmp/result")
}

/// Returns a pod's surroundings: coracle on PATH, and a secret with logins.
fn pod(registry: &FakeRegistry) -> TestEnvironment {
    let environment = shop(registry);
    environment.link_program("coracle", programs::coracle());
    let logins = environment.root().join("logins");
    std::fs::create_dir(&logins).expect("a folder");
    let login = Login::new(USER, PASSWORD).encoded();
    let text = format!(
        r#"{{"auths": {{"{}": {{"auth": "{login}"}}}}}}"#,
        registry.host()
    );
    std::fs::write(logins.join(".dockerconfigjson"), text).expect("a secret");
    // A volume on which an earlier run left what Go compiled.
    let volume = environment.root().join("cache-volume");
    std::fs::create_dir(&volume).expect("a volume");
    symlink(folders::go_build_cache(), volume.join("go-build")).expect("a link");
    environment
}

#[test]
fn the_task_publishes_with_the_logins_of_a_secret_and_keeps_what_it_made() {
    let registry = registry();
    let environment = pod(&registry);
    let output = run(&environment, &["push"]).success();
    assert_pushed(&registry);
    let result = std::fs::read_to_string(printed(environment.root())).expect("the result");
    assert_eq!(result, output.stdout);
    assert!(result.contains("/team/hello@sha256:"), "{result}");
    assert!(environment.root().join("cache-volume/coracle").is_dir());
    let known = environment.go_commands().len();
    run(&environment, &["push"]).success();
    let asked = environment.go_commands().split_off(known);
    assert!(!asked.contains(&"build".to_owned()), "{asked:?}");
}

#[test]
fn a_run_that_is_told_nothing_counts_as_a_pull_request() {
    let task = ci_systems::parse(&ci_systems::text(TASK));
    let params = task["spec"]["params"].as_array().expect("params");
    let arguments = params.iter().find(|it| it["name"] == "arguments");
    let default = &arguments.expect("the arguments")["default"];
    let words: Vec<&str> = default
        .as_array()
        .expect("a list")
        .iter()
        .map(string)
        .collect();
    let registry = registry();
    let environment = pod(&registry);
    run(&environment, &words).success();
    assert_eq!(registry.tags("team/hello"), Vec::<String>::new());
}

#[test]
fn a_run_that_fails_ends_with_coracles_exit_code() {
    let environment = pod(&registry());
    environment.write("main.go", "package main\n");
    run(&environment, &["build"]).ends_with(1);
}

/// Asks Tekton's own types.
fn judged(file: &Path) -> (bool, String) {
    let output = Command::new(tools::get(Tool::Tekton)).arg(file).output();
    let output = output.expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn tekton_takes_the_task_and_the_run_of_the_docs() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run.yaml");
    let examples = ci_systems::examples("Tekton");
    std::fs::write(&run, &examples[0]).expect("a file");
    for file in [ci_systems::path(TASK), run] {
        let (is_valid, said) = judged(&file);
        assert!(is_valid, "{said}");
    }
    let wrong = folder.path().join("wrong.yaml");
    let text = ci_systems::text(TASK).replace("workingDir:", "workingDirectory:");
    std::fs::write(&wrong, text).expect("a file");
    let (is_valid, said) = judged(&wrong);
    assert!(!is_valid && said.contains("workingDirectory"), "{said}");
}
