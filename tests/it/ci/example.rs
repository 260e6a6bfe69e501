//! examples/pipeline: what runs when nothing changed, and what when one of its services did.

use std::path::PathBuf;

use super::{pairs, states};
use crate::support::git::GitRepository;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment, programs, samples};

/// A copy of the example, and where it publishes.
struct Example {
    environment: TestEnvironment,
    registry: FakeRegistry,
    repository: GitRepository,
}

impl Example {
    fn new() -> Self {
        let mut environment = TestEnvironment::with_watched_go();
        samples::copy_example("pipeline", &environment.work());
        environment.write(".gitignore", "dist/\n");
        // tests/interop deploys it, to a cluster.
        let config = String::from_utf8(environment.read("coracle.toml")).expect("text");
        let deploys = "on = [\"main\"]";
        assert!(config.contains(deploys), "{config}");
        environment.write("coracle.toml", config.replace(deploys, "on = [\"tag\"]"));
        for name in ["sh", "grep"] {
            environment.link_program(name, &programs::find(name));
        }
        let registry = FakeRegistry::start();
        environment.set("CORACLE_REPO", registry.repository("team/{name}"));
        let example = Self {
            repository: GitRepository::create(environment.work()),
            environment,
            registry,
        };
        let list = example.list();
        let note = format!("echo \"$*\" >> {}", list.display());
        example.environment.write_go(&note);
        example
    }

    fn list(&self) -> PathBuf {
        self.environment.root().join("go-commands")
    }

    /// Runs all stages of the main branch; returns what was said, and what Go was asked beside what it is.
    #[track_caller]
    fn run(&self) -> (Output, Vec<String>) {
        // What no run has asked yet is not there.
        let _ = std::fs::remove_file(self.list());
        let output = self.environment.run(["ci", "--event", "main", "-v"]);
        let output = output.success();
        let asked = std::fs::read_to_string(self.list()).unwrap_or_default();
        let asks = |line: &&str| !line.starts_with("env ") && !line.starts_with("version");
        let asked = asked.lines().filter(asks).map(str::to_owned).collect();
        (output, asked)
    }

    fn digest(&self, name: &str) -> String {
        let manifest = self.registry.manifest(&format!("team/{name}"), "latest");
        manifest.expect("an image").digest()
    }
}

/// Returns what the stages came to, of which some were skipped.
fn all_but(skipped: &[&str]) -> Vec<(String, String)> {
    let names = ["lint", "test", "check", "build", "manifests", "push"];
    let state = |name| {
        if skipped.contains(&name) {
            "skipped"
        } else {
            "passed"
        }
    };
    pairs(&names.map(|name| (name, state(name))))
}

#[test]
fn nothing_changed_in_the_example_starts_no_compiler_and_no_test() {
    let example = Example::new();
    let (output, asked) = example.run();
    assert_eq!(sorted(states(&output)), sorted(all_but(&[])), "{output}");
    assert!(
        asked.iter().any(|line| line.starts_with("test ")),
        "{asked:?}"
    );
    let (output, asked) = example.run();
    let expected = all_but(&["lint", "test", "check", "manifests"]);
    assert_eq!(sorted(states(&output)), sorted(expected), "{output}");
    assert_eq!(asked, Vec::<String>::new());
    output
        .says("push|   publish  api is unchanged")
        .says("push|   publish  worker is unchanged");
}

#[test]
fn one_service_of_the_example_changed_runs_its_tests_and_makes_its_image() {
    let example = Example::new();
    example.run();
    let before = ["api", "worker"].map(|name| example.digest(name));
    let main = "cmd/worker/main.go";
    let text = String::from_utf8(example.environment.read(main)).expect("text");
    example.environment.write(
        main,
        text.replace("w.done.Add(1)", "w.done.Add(3); w.done.Add(-2)"),
    );
    example.repository.commit_all("count otherwise");
    let (output, asked) = example.run();
    assert_eq!(
        sorted(states(&output)),
        sorted(all_but(&["manifests"])),
        "{output}"
    );
    let talk = output.talk();
    let tested = talk
        .lines()
        .filter_map(|line| line.strip_prefix("test| ok"));
    for line in tested {
        assert_eq!(
            line.contains("cmd/worker"),
            !line.contains("(cached)"),
            "{line}"
        );
    }
    let builds: Vec<&String> = asked.iter().filter(|it| it.starts_with("build ")).collect();
    assert!(!builds.is_empty(), "{asked:?}");
    for build in builds {
        assert!(
            build.contains("cmd/worker") && !build.contains("cmd/api"),
            "{build}"
        );
    }
    let after = ["api", "worker"].map(|name| example.digest(name));
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
    output.says("push|   publish  api is unchanged");
}

fn sorted(mut states: Vec<(String, String)>) -> Vec<(String, String)> {
    states.retain(|(_, state)| state != "left out");
    states.sort();
    states
}
