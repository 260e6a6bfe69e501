//! Many processes on one cache.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{built, digest, folder};
use crate::support::running::Running;
use crate::support::{TestEnvironment, samples};

/// Returns a project of its own, which prints `text`, on the cache of `other`.
fn beside(other: &TestEnvironment, text: &str) -> TestEnvironment {
    let mut environment = TestEnvironment::new().with_hello();
    environment.write("main.go", samples::printing(text));
    environment.set("CORACLE_CACHE", folder(other));
    environment
}

/// Builds all projects at once, and returns their digests; where one fails, what it said.
fn all_built(projects: &[TestEnvironment]) -> Vec<String> {
    let start =
        |project| TestEnvironment::start(project, &["build", "-q", "--set", "cache.size=1KB"]);
    let running: Vec<Running<'_>> = projects.iter().map(start).collect();
    let outputs = running.into_iter().map(Running::end);
    let told = projects
        .iter()
        .zip(outputs)
        .map(|(project, output)| match output.code {
            Some(0) => digest(project, &output),
            _ => output.to_string(),
        });
    told.collect()
}

#[test]
fn builds_are_right_while_another_process_cleans() {
    let cleaner = TestEnvironment::without_go();
    let projects = ["one", "one", "two", "three"].map(|text| beside(&cleaner, text));
    let expected: Vec<String> = projects.iter().map(|project| built(project, &[])).collect();
    let is_done = AtomicBool::new(false);
    let rounds = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                cleaner.run(["cache", "clean"]).success();
                cleaner.run(["cache", "check"]).success();
            }
        });
        let rounds = [(); 3].map(|()| all_built(&projects));
        is_done.store(true, Ordering::Relaxed);
        rounds
    });
    for digests in rounds {
        assert_eq!(digests, expected);
    }
    cleaner.run(["cache", "clean"]).success();
    let list = cleaner.run(["cache", "list"]).success();
    assert_eq!(list.stdout.lines().count(), 1, "the head alone: {list}");
}
