//! `coracle ci`: what runs, in which order, and what does not run again.

mod deploying;
mod example;
mod graph;
mod places;
mod reports;
mod secrets;
mod since;
mod skipping;
mod telling;
mod testing;
mod wrong;

use crate::support::{Output, TestEnvironment, programs};

/// Returns an environment with a small module that has a test, `sh` on PATH, and `settings` as its file.
fn with_module(settings: &str) -> TestEnvironment {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.link_program("sh", &programs::find("sh"));
    environment.link_program("sleep", &programs::find("sleep"));
    environment.write(
        "main_test.go",
        "package main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) {}\n",
    );
    environment.write("coracle.toml", settings);
    environment
}

/// Returns the lines that stages wrote to `ran`.
fn ran(environment: &TestEnvironment) -> Vec<String> {
    let path = environment.root().join("ran");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns the table of a stage of one's own that notes that it ran, and does more.
fn stage(name: &str, script: &str, more: &str) -> String {
    format!(
        "[pipeline.stages.{name}]\ncommand = [\"sh\", \"-c\", \"echo {name} >> ../ran; {script}\"]\n{more}\n"
    )
}

/// Only stages of one's own.
const OWN_ONLY: &str = "[pipeline]\nwithout = [\"lint\", \"test\", \"build\"]\n\n";

/// Returns what came of each stage that had something to do.
fn states(output: &Output) -> Vec<(String, String)> {
    let lines = output.stdout.lines().map(|line| {
        let (name, rest) = line.split_once(' ').expect("a name");
        let state = rest.trim_start().split("  ").next().expect("a state");
        (name.to_owned(), state.trim().to_owned())
    });
    lines.collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, state): &(&str, &str)| ((*name).to_owned(), (*state).to_owned());
    expected.iter().map(owned).collect()
}
