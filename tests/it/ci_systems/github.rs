//! The GitHub action.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{PASSWORD, USER, assert_pushed, registry, shop};
use crate::support::ci_systems::{self, ACTION, string};
use crate::support::registry::FakeRegistry;
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment, programs};

/// A job's runner: what GitHub's own does with the steps of a composite action, but that caches stay where they are.
struct Runner {
    environment: TestEnvironment,
    inputs: BTreeMap<&'static str, String>,
    outputs: BTreeMap<String, String>,
    path: String,
    caches: Vec<Cache>,
}

/// What a step keeps.
#[derive(Debug, PartialEq, Eq)]
struct Cache {
    key: String,
    path: String,
}

impl Runner {
    fn new(mut environment: TestEnvironment) -> Self {
        for (name, value) in [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_REF_NAME", "main"),
        ] {
            environment.set(name, value);
        }
        let root = environment.root().to_owned();
        environment.set("RUNNER_TEMP", root.join("tmp"));
        environment.set("GITHUB_ACTION_PATH", root.join("action"));
        std::fs::create_dir(root.join("action")).expect("the action's folder");
        for file in [ACTION, "Cargo.lock"] {
            let copy = root.join("action").join(file);
            std::fs::copy(ci_systems::path(file), copy).expect("a file of the action");
        }
        Self {
            environment,
            inputs: BTreeMap::new(),
            outputs: BTreeMap::new(),
            path: String::new(),
            caches: Vec::new(),
        }
    }

    fn with(mut self, input: &'static str, value: impl Into<String>) -> Self {
        self.inputs.insert(input, value.into());
        self
    }

    /// Does all steps of the action and returns what the last one said.
    #[track_caller]
    fn job(&mut self) -> Output {
        let action = ci_systems::parse(&ci_systems::text(ACTION));
        self.caches.clear();
        // Each job begins with the PATH of the runner.
        self.path = self.environment.root().join("bin").display().to_string();
        let mut said = None;
        for step in action["runs"]["steps"].as_array().expect("steps") {
            if let Some(condition) = step["if"].as_str() {
                assert_eq!(condition, "inputs.program == ''");
                if !self.value(&action, "inputs.program").is_empty() {
                    continue;
                }
            }
            if step["uses"].is_string() {
                self.keep(&action, &step["with"]);
            } else {
                said = Some(self.run(&action, step));
            }
        }
        said.expect("a step that runs")
    }

    fn keep(&mut self, action: &Value, with: &Value) {
        let text = |name: &str| {
            ci_systems::filled(string(&with[name]), "${{", "}}", |it| {
                self.value(action, it)
            })
        };
        let kept = Cache {
            key: text("key"),
            path: text("path"),
        };
        self.caches.push(kept);
    }

    fn run(&mut self, action: &Value, step: &Value) -> Output {
        let value = |text: &Value| {
            ci_systems::filled(string(text), "${{", "}}", |it| self.value(action, it))
        };
        assert!(!string(&step["run"]).contains("${{"), "{step}");
        let file = |name: &str| self.environment.script(name, "");
        let (outputs, path) = (file("outputs"), file("path"));
        let script = self.environment.script("step.sh", string(&step["run"]));
        let mut command = self.environment.command(programs::find("bash"));
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(script)
            .env("GITHUB_OUTPUT", &outputs)
            .env("GITHUB_PATH", &path)
            .env("PATH", &self.path);
        for (name, text) in step["env"].as_object().into_iter().flatten() {
            command.env(name, value(text));
        }
        if step["working-directory"].is_string() {
            let folder = value(&step["working-directory"]);
            command.current_dir(self.environment.work().join(folder));
        }
        let said = self.environment.run_command(&mut command).success();
        let id = step["id"].as_str().unwrap_or_default();
        self.outputs.extend(read_outputs(&outputs, id));
        for added in std::fs::read_to_string(path).expect("the file").lines() {
            self.path = format!("{added}:{}", self.path);
        }
        said
    }

    /// Returns what an expression means.
    fn value(&self, action: &Value, expression: &str) -> String {
        let mut parts = expression.split("||").map(str::trim);
        parts
            .find_map(|part| Some(self.part(action, part)).filter(|value| !value.is_empty()))
            .unwrap_or_default()
    }

    fn part(&self, action: &Value, part: &str) -> String {
        if let Some(input) = part.strip_prefix("inputs.") {
            let given = self.inputs.get(input).cloned();
            return given.unwrap_or_else(|| string(&action["inputs"][input]["default"]).to_owned());
        }
        if let Some(output) = part.strip_prefix("steps.") {
            let value = self.outputs.get(&output.replace(".outputs.", "."));
            return value.unwrap_or_else(|| panic!("no {part}")).clone();
        }
        match part {
            "runner.os" => "Linux".to_owned(),
            "runner.arch" => "X64".to_owned(),
            "runner.temp" => self.environment.root().join("tmp").display().to_string(),
            "github.sha" => "SHA".to_owned(),
            "env.CORACLE_USER" | "env.CORACLE_PASSWORD" => String::new(),
            "hashFiles('**/go.sum', '**/go.work.sum')" => "SUMS".to_owned(),
            "hashFiles('**/go.mod', '**/go.sum')" => "MODULES".to_owned(),
            other => panic!("no {other:?} here"),
        }
    }
}

/// Reads `NAME=VALUE` lines, and values of several lines, as GitHub does.
fn read_outputs(file: &PathBuf, step: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).expect("the file of outputs");
    let mut lines = text.lines();
    let mut outputs = BTreeMap::new();
    while let Some(line) = lines.next() {
        let (name, value) = if let Some((name, end)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            (name, value.join("\n"))
        } else {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            (name, value.to_owned())
        };
        outputs.insert(format!("{step}.{name}"), value);
    }
    outputs
}

fn published(registry: &FakeRegistry) -> Runner {
    let runner = Runner::new(shop(registry));
    runner.with("user", USER).with("password", PASSWORD)
}

#[test]
fn the_action_compiles_coracle_and_publishes_the_main_branch() {
    let registry = registry();
    let mut runner = published(&registry);
    let said = runner.job().says("::group::push");
    assert_pushed(&registry);
    let root = runner.environment.root().display().to_string();
    let asked = runner.environment.cargo_commands();
    let expected = format!("install --locked --path {root}/action --root {root}/tmp/coracle");
    assert_eq!(asked, [expected]);
    assert_eq!(runner.outputs["run.printed"], said.stdout.trim_end());
}

#[test]
fn a_second_run_takes_all_from_what_the_first_one_kept() {
    let registry = registry();
    let mut runner = published(&registry);
    runner.job();
    let known = runner.environment.go_commands().len();
    runner.job();
    assert_eq!(runner.environment.cargo_commands().len(), 1);
    let asked = runner.environment.go_commands().split_off(known);
    let works = |command: &&String| ["build", "list", "test", "vet"].contains(&command.as_str());
    assert_eq!(asked.iter().find(works), None, "{asked:?}");
}

#[test]
fn what_is_kept_lies_where_go_and_coracle_keep_it_under_keys_that_say_what_it_is() {
    let registry = registry();
    let mut runner = published(&registry);
    runner.job();
    let folder = |name: &str| {
        let value = runner.environment.get(name).expect("a folder");
        value.to_str().expect("text").to_owned()
    };
    let version = runner.outputs["places.version"].clone();
    assert_eq!(version.len(), 64);
    let expected = [
        ("GOMODCACHE", "coracle-modules-Linux-SUMS".to_owned()),
        ("GOCACHE", "coracle-builds-Linux-X64-MODULES-SHA".to_owned()),
        (
            "CORACLE_CACHE",
            format!("coracle-layers-Linux-X64-{version}-SHA"),
        ),
    ];
    for (kept, (name, key)) in runner.caches[1..].iter().zip(expected) {
        let path = folder(name);
        assert_eq!(*kept, Cache { key, path });
    }
    let source = runner.environment.root().join("action/Cargo.lock");
    std::fs::write(source, "another version").expect("a file");
    runner.job();
    assert_ne!(runner.outputs["places.version"], version);
}

#[test]
fn a_runner_that_has_coracle_compiles_none_and_is_told_the_digest() {
    let registry = registry();
    let mut runner = published(&registry)
        .with("program", programs::coracle().display().to_string())
        .with("arguments", "push\nhello\n\n--tag\nv1\n");
    runner.job();
    assert_eq!(runner.environment.cargo_commands(), Vec::<String>::new());
    let repository = registry.repository("team/hello");
    let printed = &runner.outputs["run.printed"];
    assert!(
        printed.starts_with(&format!("{repository}@sha256:")) && printed.lines().count() == 1,
        "{printed}"
    );
    assert_eq!(registry.tags("team/hello"), ["v1"]);
}

#[test]
fn no_step_but_the_last_sees_the_password() {
    let action = ci_systems::parse(&ci_systems::text(ACTION));
    let steps = action["runs"]["steps"].as_array().expect("steps");
    let sees = |step: &&Value| step.to_string().contains("inputs.password");
    let those: Vec<&Value> = steps.iter().filter(sees).map(|step| &step["id"]).collect();
    assert_eq!(those, ["run"]);
}

/// Asserts that actionlint has nothing against a workflow.
#[track_caller]
fn lint(workflow: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = ci_systems::repository_with(folder.path(), workflow);
    let output = Command::new(tools::get(Tool::Actionlint))
        .args(["-no-color", "-shellcheck=", "-pyflakes="])
        .arg(file)
        .current_dir(folder.path())
        .env_clear()
        .output()
        .expect("actionlint starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{workflow}");
}

#[test]
fn actionlint_has_nothing_against_workflows_of_the_docs_nor_their_use_of_the_action() {
    let workflows = ci_systems::workflows();
    assert_eq!(workflows.len(), 2);
    for workflow in workflows {
        lint(&workflow);
    }
}

#[test]
#[should_panic(expected = "input \"pasword\" is not defined in action \"coracle\"")]
fn actionlint_knows_what_the_action_takes() {
    let workflow = ci_systems::workflows().remove(0);
    lint(&workflow.replace("password:", "pasword:"));
}

#[test]
fn actionlint_has_nothing_against_the_steps_of_the_action() {
    let action = ci_systems::parse(&ci_systems::text(ACTION));
    let inputs = action["inputs"].as_object().expect("inputs").keys();
    let inputs: Value = inputs
        .map(|name| (name.clone(), json!({ "type": "string" })))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let workflow = json!({
        "on": { "workflow_call": { "inputs": inputs } },
        "jobs": { "action": { "runs-on": "ubuntu-latest", "steps": action["runs"]["steps"] } },
    });
    lint(&workflow.to_string());
}
