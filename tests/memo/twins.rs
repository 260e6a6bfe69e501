//! One project, built twice each time: by a run that remembers all runs before it, and by one that remembers nothing.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::registry::{FakeRegistry, digest_of};
use crate::support::{TestEnvironment, go, programs};

/// A project in the folder `app`; beside it is room for what lies outside of its tree.
pub(crate) struct Twins {
    environment: TestEnvironment,
    registry: FakeRegistry,
    runs: Cell<usize>,
}

/// Variables of the environment that a run has besides the usual ones.
pub(crate) type Variables = BTreeMap<String, String>;

/// What came of a run, as far as it must not depend on what is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    code: Option<i32>,
    /// The images or programs with their digests, sorted.
    made: Vec<String>,
    /// What is said of a failure.
    complaint: String,
}

/// A run and what it did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    /// What go was asked to do, but to say what it is.
    pub(crate) go_commands: Vec<String>,
    /// All that happened.
    trace: String,
}

impl Outcome {
    /// Tells whether all was made.
    pub(crate) fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

impl Run {
    /// Tells whether coracle said that it cannot know what a program is compiled from.
    pub(crate) fn remembers_nothing(&self) -> bool {
        self.trace.contains("is compiled each time")
    }
}

impl Twins {
    /// Makes an empty project.
    pub(crate) fn new() -> Self {
        let environment = TestEnvironment::with_watched_go();
        let plain = environment.root().join("plain-bin");
        std::fs::create_dir(&plain).expect("a folder for programs");
        symlink(go::program(), plain.join("go")).expect("a link to go");
        symlink(programs::find("git"), plain.join("git")).expect("a link to git");
        std::fs::create_dir(environment.work().join("app")).expect("a folder for the project");
        Self {
            environment,
            registry: FakeRegistry::start(),
            runs: Cell::new(0),
        }
    }

    /// Makes a project of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let twins = Self::new();
        for (path, content) in files {
            twins.write(path, content);
        }
        twins
    }

    /// Returns the folder that holds the project, and what lies outside of it.
    pub(crate) fn root(&self) -> PathBuf {
        self.environment.work()
    }

    /// Returns the folder of the project.
    pub(crate) fn app(&self) -> PathBuf {
        self.environment.work().join("app")
    }

    /// Writes a file of the project; `../outside` is a folder beside it.
    pub(crate) fn write(&self, path: &str, content: &str) {
        self.environment.write(Path::new("app").join(path), content);
    }

    /// Lets a file of the project be another while go compiles, and what it was before and after.
    pub(crate) fn while_go_builds(&self, path: &str, content: &str) {
        self.write("../other", content);
        self.environment.remove_program("go");
        let _ = std::fs::remove_file(self.environment.root().join("go/bin/go"));
        let other = self.environment.work().join("other");
        self.environment
            .write_go_that_sees(&self.app().join(path), &other);
    }

    /// Lets go keep its list of commands again.
    pub(crate) fn watch_go(&self) {
        self.environment.remove_program("go");
        let _ = std::fs::remove_file(self.environment.root().join("go/bin/go"));
        let list = self.environment.root().join("go-commands");
        self.environment
            .write_go(&format!("echo \"$1\" >> {}", list.display()));
    }

    /// Builds with all that is remembered.
    pub(crate) fn remembering(&self, variables: &Variables) -> Run {
        let output = self.archive("cache");
        self.watched(&["build", "-o", &output], variables)
    }

    /// Makes programs with all that is remembered.
    pub(crate) fn remembering_programs(&self, platforms: &str, variables: &Variables) -> Run {
        let output = self.folder("cache");
        let args = ["dist", "--platform", platforms, "-o", &output];
        self.watched(&args, variables)
    }

    /// Pushes with all that is remembered; whatever is told to be there is shown by a tag.
    pub(crate) fn pushing(&self, variables: &Variables) -> Run {
        let repository = self.registry.repository("team/{name}");
        let run = self.watched(&["push", "--repo", &repository], variables);
        for image in &run.outcome.made {
            let (name, digest) = image.split_once('@').expect("a digest");
            let repository = format!("team/{name}");
            let tags = self.registry.tags(&repository);
            let shows = |tag: &String| {
                let manifest = self.registry.manifest(&repository, tag);
                manifest.is_some_and(|manifest| manifest.digest() == digest)
            };
            assert!(tags.iter().any(shows), "no tag shows {image}");
        }
        run
    }

    fn watched(&self, args: &[&str], variables: &Variables) -> Run {
        let known = self.environment.go_commands().len();
        let (outcome, trace) = self.run("cache", args, &[], variables);
        let mut go_commands = self.environment.go_commands().split_off(known);
        go_commands.retain(|command| command != "env");
        Run {
            outcome,
            go_commands,
            trace,
        }
    }

    /// Builds with an empty cache; what Go itself remembers is kept.
    pub(crate) fn forgetting(&self, variables: &Variables) -> Outcome {
        let cache = self.new_cache();
        let args = ["build", "-o", &self.archive(&cache)];
        self.unwatched(&cache, &args, variables)
    }

    /// Makes programs with an empty cache; what Go itself remembers is kept.
    pub(crate) fn forgetting_programs(&self, platforms: &str, variables: &Variables) -> Outcome {
        let cache = self.new_cache();
        let output = self.folder(&cache);
        let args = ["dist", "--platform", platforms, "-o", &output];
        self.unwatched(&cache, &args, variables)
    }

    fn unwatched(&self, cache: &str, args: &[&str], variables: &Variables) -> Outcome {
        let plain = self.environment.root().join("plain-bin");
        let (outcome, _) = self.run(cache, args, &[("PATH", &plain)], variables);
        let cache = self.environment.root().join(cache);
        // A run that fails early makes none.
        let _ = std::fs::remove_dir_all(cache);
        outcome
    }

    fn new_cache(&self) -> String {
        let run = self.runs.get();
        self.runs.set(run + 1);
        format!("cache-{run}")
    }

    /// Returns the output of builds with a cache.
    fn archive(&self, cache: &str) -> String {
        format!("archive={}/{{name}}.tar", self.folder(cache))
    }

    /// Returns the folder for what is made with a cache.
    fn folder(&self, cache: &str) -> String {
        let folder = self.environment.root().join(cache).with_extension("out");
        folder.display().to_string()
    }

    fn run(
        &self,
        cache: &str,
        args: &[&str],
        own: &[(&str, &Path)],
        variables: &Variables,
    ) -> (Outcome, String) {
        let cache = self.environment.root().join(cache);
        let trace = cache.with_extension("trace");
        let mut command = self.environment.coracle(args);
        command
            .args(["-q", "--trace"])
            .arg(&trace)
            .current_dir(self.app())
            .envs(own.iter().copied())
            // Go itself believes a folder's times and sizes, once they are older than two seconds, and
            // then takes imports and patterns to embed for what they were: that is not asked here.
            .env("GODEBUG", "goindex=0")
            .envs(variables)
            .env("CORACLE_CACHE", &cache);
        let said = self.environment.run_command(&mut command);
        let folder = cache.with_extension("out");
        let mut made: Vec<String> = match args {
            ["dist", ..] => programs_in(&folder),
            _ => said.stdout.lines().map(image).collect(),
        };
        made.sort();
        // A run that fails early writes nothing.
        let _ = std::fs::remove_dir_all(folder);
        let complaint = said.stderr.replace(&cache.display().to_string(), "$CACHE");
        let trace = std::fs::read_to_string(trace).unwrap_or_default();
        let outcome = Outcome {
            code: said.code,
            made,
            complaint,
        };
        (outcome, trace)
    }
}

/// Returns `NAME@DIGEST` of a line that names an archive or a repository.
fn image(line: &str) -> String {
    let last = line.rsplit('/').next().unwrap_or_default();
    last.replace(".tar@", "@")
}

/// Returns `NAME@DIGEST` of all files in a folder, which may be missing.
fn programs_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| {
        let digest = digest_of(&std::fs::read(entry.path()).expect("a file"));
        format!("{}@{digest}", entry.file_name().display())
    });
    files.collect()
}
