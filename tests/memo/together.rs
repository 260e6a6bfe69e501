//! Many processes at once on one cache.

use std::path::PathBuf;

use crate::killed::scene::assert_honest_cache;
use crate::support::TestEnvironment;
use crate::support::registry::FakeRegistry;

const IMAGES: [&str; 4] = ["a", "b", "c", "d"];

/// Which images are made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// All processes make the same.
    Same,
    /// Each makes another, as far as there are as many.
    Different,
}

impl Choice {
    fn image(self, process: usize) -> &'static str {
        match self {
            Self::Same => IMAGES[0],
            Self::Different => IMAGES[process % IMAGES.len()],
        }
    }
}

fn project() -> TestEnvironment {
    let environment = TestEnvironment::with_watched_go();
    let images = IMAGES.map(|name| {
        format!("[images.{name}]\nmain = \"./cmd/{name}\"\nfiles = [{{ from = \"conf\", to = \"/conf\" }}]\n")
    });
    let environment = environment.with_project(&images.concat(), &[]);
    environment.write("conf/a", "a");
    write_programs(&environment, "first");
    environment
}

fn write_programs(environment: &TestEnvironment, text: &str) {
    for name in IMAGES {
        let source = format!("package main\n\nfunc main() {{ println(\"{name} {text}\") }}\n");
        environment.write(format!("cmd/{name}/main.go"), source);
    }
}

/// Builds, or pushes, an image with this cache, and returns its digest.
#[track_caller]
fn run(
    environment: &TestEnvironment,
    cache: &PathBuf,
    image: &str,
    repository: Option<&str>,
    id: usize,
) -> String {
    let archive = format!("archive=../out-{id}.tar");
    let args = match repository {
        Some(repository) => ["push", "-q", image, "--repo", repository],
        None => ["build", "-q", image, "-o", &archive],
    };
    let mut command = environment.coracle(args);
    command.env("CORACLE_CACHE", cache);
    let said = environment.run_command(&mut command).success();
    said.line().rsplit_once('@').expect("a digest").1.to_owned()
}

/// Runs so many processes at once on one cache, and asserts that each makes what a process alone makes.
#[track_caller]
fn side_by_side(environment: &TestEnvironment, cache: &PathBuf, choice: Choice, processes: usize) {
    let registry = FakeRegistry::start();
    let expected = IMAGES.map(|image| {
        let clean = environment.root().join("clean");
        let digest = run(environment, &clean, image, None, processes);
        std::fs::remove_dir_all(clean).expect("a cache to forget");
        (image, digest)
    });
    let expected = |image: &str| {
        let mut all = expected.iter();
        all.find(|(name, _)| *name == image)
            .expect("an image")
            .1
            .clone()
    };
    let digests: Vec<(&str, String)> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..processes)
            .map(|process| {
                let image = choice.image(process);
                let repository = registry.repository(&format!("team/{image}"));
                let repository = (process % 2 == 1).then_some(repository);
                scope.spawn(move || {
                    let digest = run(environment, cache, image, repository.as_deref(), process);
                    (image, digest)
                })
            })
            .collect();
        runs.into_iter()
            .map(|run| run.join().expect("a run"))
            .collect()
    });
    for (image, digest) in digests {
        assert_eq!(digest, expected(image), "{image}, {choice:?}, {processes}");
    }
    assert_honest_cache(cache);
    for image in (0..processes).map(|process| choice.image(process)) {
        let known = environment.go_commands().len();
        assert_eq!(run(environment, cache, image, None, 0), expected(image));
        let asked = environment.go_commands().split_off(known);
        assert!(asked.iter().all(|command| command == "env"), "{asked:?}");
    }
}

#[test]
fn processes_that_make_the_same_image_at_once_all_make_it() {
    let environment = project();
    for processes in [2, 5, 8] {
        let cache = environment.root().join(format!("cache-{processes}"));
        side_by_side(&environment, &cache, Choice::Same, processes);
    }
}

#[test]
fn processes_that_make_different_images_at_once_all_make_them() {
    let environment = project();
    for processes in [2, 5, 8] {
        let cache = environment.root().join(format!("cache-{processes}"));
        side_by_side(&environment, &cache, Choice::Different, processes);
    }
}

#[test]
fn processes_share_a_cache_in_which_there_is_something_already() {
    let environment = project();
    let cache = environment.root().join("cache");
    for text in ["second", "third", "second"] {
        write_programs(&environment, text);
        side_by_side(&environment, &cache, Choice::Different, 4);
    }
}
