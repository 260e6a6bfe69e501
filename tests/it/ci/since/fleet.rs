//! Two services and a library, each a module, in one repository.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::git::GitRepository;
use crate::support::{Output, TestEnvironment};

pub(super) const SETTINGS: &str = "\
[pipeline.test]
packages = [\"./lib/...\", \"./api/...\", \"./worker/...\"]
coverage = 10

[images.api]
main  = \"./api/cmd/api\"
files = [{ from = \"config\", to = \"/config\" }]

[images.worker]
main = \"./worker\"
";

const SOURCES: [(&str, &str); 13] = [
    (
        "go.work",
        "go 1.26\n\nuse (\n\t./api\n\t./lib\n\t./worker\n)\n",
    ),
    ("README.md", "# fleet\n"),
    ("config/api.yaml", "a: 1\n"),
    (
        "lib/greet/greet.go",
        "package greet\n\nfunc Hello() string { return more }\n",
    ),
    (
        "lib/greet/more.go",
        "package greet\n\nconst more = \"hello\"\n",
    ),
    (
        "lib/words/words.go",
        "package words\n\nfunc Count() int { return 1 }\n",
    ),
    (
        "api/cmd/api/main.go",
        "package main\n\nimport \"example.com/lib/greet\"\n\nfunc main() { println(greet.Hello()) }\n",
    ),
    // What is for another system alone is no package that could be tested here.
    (
        "api/wide/wide_windows.go",
        "package wide\n\nimport _ \"example.com/lib/greet\"\n",
    ),
    (
        "worker/main.go",
        "package main\n\nimport (\n\t\"embed\"\n\n\t\"example.com/lib/words\"\n)\n\n//go:embed static\nvar static embed.FS\n\nfunc main() { println(words.Count()) }\n",
    ),
    ("worker/static/page.html", "<p>\n"),
    ("worker/testdata/in.txt", "1\n"),
    ("worker/jobs/jobs.go", "package jobs\n"),
    (
        "worker/jobs/use_test.go",
        "package jobs\n\nimport _ \"example.com/lib/greet\"\n",
    ),
];

/// The packages that have a test, by folder.
const TESTED: [(&str, &str); 5] = [
    ("lib/greet", "greet"),
    ("lib/words", "words"),
    ("api/cmd/api", "main"),
    ("worker", "main"),
    ("worker/jobs", "jobs"),
];

pub(super) struct Fleet {
    pub(super) environment: TestEnvironment,
    pub(super) repository: GitRepository,
}

impl Fleet {
    pub(super) fn new() -> Self {
        Self::with(SETTINGS)
    }

    pub(super) fn with(settings: &str) -> Self {
        let environment = TestEnvironment::with_watched_go();
        environment.write("coracle.toml", settings);
        for (path, text) in SOURCES {
            environment.write(path, text);
        }
        for name in ["api", "lib", "worker"] {
            let go_mod = format!("module example.com/{name}\n\ngo 1.26\n");
            environment.write(format!("{name}/go.mod"), go_mod);
        }
        for (folder, name) in TESTED {
            let test = "import \"testing\"\n\nfunc TestIt(t *testing.T) {}\n";
            let test = format!("package {name}\n\n{test}");
            environment.write(format!("{folder}/it_test.go"), test);
        }
        let list = environment.root().join("asked");
        environment.write_go(&format!("echo \"$*\" >> {}", list.display()));
        Self {
            repository: GitRepository::create(environment.work()),
            environment,
        }
    }

    /// Returns what Go was asked since this was called last, beside what it is.
    pub(super) fn asked(&self) -> Vec<String> {
        let list = self.environment.root().join("asked");
        let asked = std::fs::read_to_string(&list).unwrap_or_default();
        let _ = std::fs::remove_file(list);
        let asks = |line: &&str| !line.starts_with("env ") && !line.starts_with("version");
        asked.lines().filter(asks).map(str::to_owned).collect()
    }

    /// Returns what a run for `since` would test and build, nothing where it would leave that out.
    #[track_caller]
    pub(super) fn touched(&self, since: &str) -> (String, String) {
        let args = ["ci", "--since", since, "--explain", "--json"];
        let output = self.environment.run(args).success();
        let command = |name: &str| {
            let stage = named(&output, name);
            let command = stage["commands"][0].as_str().expect("a command").to_owned();
            (stage["state"] != "skipped").then_some(command)
        };
        let tested = command("test").map(|it| packages(&it)).unwrap_or_default();
        let built = command("build").unwrap_or_default();
        (tested, built.trim_start_matches("coracle ").to_owned())
    }

    /// Asserts what a run for the last commit would test and build.
    #[track_caller]
    pub(super) fn expect(&self, tests: &str, build: &str, what: &str) {
        let touched = self.touched("HEAD");
        assert_eq!((&*touched.0, &*touched.1), (tests, build), "{what}");
    }

    /// Forgets all that was changed since the last commit.
    pub(super) fn reset(&self) {
        self.repository.git(["reset", "--quiet", "--hard"]);
        self.repository.git(["clean", "--quiet", "-d", "--force"]);
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.environment.work().join(path)
    }
}

/// Returns the packages of a `go test`, without what is common to all.
fn packages(command: &str) -> String {
    let words = command.split(' ').skip(2);
    let packages = words.filter(|word| !word.starts_with('-'));
    let short = packages.map(|it| it.trim_start_matches("example.com/"));
    short.collect::<Vec<_>>().join(" ")
}

/// Returns what the document of a run says of a stage.
pub(super) fn named(output: &Output, name: &str) -> Value {
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let mut stages = document["stages"].as_array().expect("stages").iter();
    let stage = stages.find(|stage| stage["name"] == name);
    stage.unwrap_or_else(|| panic!("no {name}")).clone()
}
