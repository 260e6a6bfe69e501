//! What a change touches: what of it runs, and what a later run knows of it.

use std::path::PathBuf;

use serde_json::Value;

use super::{OWN_ONLY, ran, stage, with_module};
use crate::support::git::{self, GitRepository};
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment};

const SETTINGS: &str = "\
[pipeline.test]
packages = [\"./lib/...\", \"./api/...\", \"./worker/...\"]
coverage = 10

[images.api]
main  = \"./api/cmd/api\"
files = [{ from = \"config\", to = \"/config\" }]

[images.worker]
main = \"./worker\"
";

const TEST: &str = "import \"testing\"\n\nfunc TestIt(t *testing.T) {}\n";

/// Two services and a library, each a module, in one repository.
struct Fleet {
    environment: TestEnvironment,
    repository: GitRepository,
}

impl Fleet {
    fn new() -> Self {
        Self::with(SETTINGS)
    }

    fn with(settings: &str) -> Self {
        let environment = TestEnvironment::with_watched_go();
        let module = |name: &str| format!("module example.com/{name}\n\ngo 1.26\n");
        for (path, text) in [
            (
                "go.work",
                "go 1.26\n\nuse (\n\t./api\n\t./lib\n\t./worker\n)\n",
            ),
            ("coracle.toml", settings),
            ("README.md", "# fleet\n"),
            ("config/api.yaml", "a: 1\n"),
            ("lib/go.mod", &module("lib")),
            (
                "lib/greet/greet.go",
                "package greet\n\nfunc Hello() string { return more }\n",
            ),
            (
                "lib/greet/more.go",
                "package greet\n\nconst more = \"hello\"\n",
            ),
            (
                "lib/greet/greet_test.go",
                &format!("package greet\n\n{TEST}"),
            ),
            (
                "lib/words/words.go",
                "package words\n\nfunc Count() int { return 1 }\n",
            ),
            (
                "lib/words/words_test.go",
                &format!("package words\n\n{TEST}"),
            ),
            ("api/go.mod", &module("api")),
            (
                "api/cmd/api/main.go",
                "package main\n\nimport \"example.com/lib/greet\"\n\nfunc main() { println(greet.Hello()) }\n",
            ),
            (
                "api/cmd/api/main_test.go",
                &format!("package main\n\n{TEST}"),
            ),
            // What is for another system alone is no package that could be tested here.
            (
                "api/wide/wide_windows.go",
                "package wide\n\nimport _ \"example.com/lib/greet\"\n",
            ),
            ("worker/go.mod", &module("worker")),
            (
                "worker/main.go",
                "package main\n\nimport (\n\t\"embed\"\n\n\t\"example.com/lib/words\"\n)\n\n//go:embed static\nvar static embed.FS\n\nfunc main() { println(words.Count()) }\n",
            ),
            ("worker/main_test.go", &format!("package main\n\n{TEST}")),
            ("worker/static/page.html", "<p>\n"),
            ("worker/testdata/in.txt", "1\n"),
            ("worker/jobs/jobs.go", "package jobs\n"),
            (
                "worker/jobs/jobs_test.go",
                &format!("package jobs\n\nimport _ \"example.com/lib/greet\"\n\n{TEST}"),
            ),
        ] {
            environment.write(path, text);
        }
        let list = environment.root().join("asked");
        environment.write_go(&format!("echo \"$*\" >> {}", list.display()));
        Self {
            repository: GitRepository::create(environment.work()),
            environment,
        }
    }

    /// Returns what Go was asked since this was called last, beside what it is.
    fn asked(&self) -> Vec<String> {
        let list = self.environment.root().join("asked");
        let asked = std::fs::read_to_string(&list).unwrap_or_default();
        let _ = std::fs::remove_file(list);
        let asks = |line: &&str| !line.starts_with("env ") && !line.starts_with("version");
        asked.lines().filter(asks).map(str::to_owned).collect()
    }

    /// Returns what a run for `since` would test and build, nothing where it would leave that out.
    #[track_caller]
    fn touched(&self, since: &str) -> (String, String) {
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

    /// Forgets all that was changed since the last commit.
    fn reset(&self) {
        self.repository.git(["reset", "--quiet", "--hard"]);
        self.repository.git(["clean", "--quiet", "-d", "--force"]);
    }

    fn path(&self, path: &str) -> PathBuf {
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
fn named(output: &Output, name: &str) -> Value {
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let mut stages = document["stages"].as_array().expect("stages").iter();
    let stage = stages.find(|stage| stage["name"] == name);
    stage.unwrap_or_else(|| panic!("no {name}")).clone()
}

/// Returns the packages whose tests ran.
fn tested(output: &Output) -> Vec<String> {
    let stage = named(output, "test");
    let packages = stage["tests"]["packages"].as_object();
    packages
        .map(|it| it.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn one_service_changed_alone_is_tested_built_and_pushed() {
    let mut fleet = Fleet::new();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/{name}");
    fleet.environment.set("CORACLE_REPO", repository);
    fleet
        .repository
        .git(["checkout", "--quiet", "-b", "change"]);
    fleet.environment.write(
        "worker/more.go",
        "package main\n\nfunc init() { println(\"more\") }\n",
    );
    fleet.repository.commit_all("more");
    let args = ["ci", "--event", "main", "--json", "--since", "main"];
    let output = fleet.environment.run(args).success();
    assert_eq!(tested(&output), ["example.com/worker"]);
    for name in ["test", "build", "push"] {
        assert_eq!(named(&output, name)["state"], "passed", "{name}");
    }
    assert_eq!(named(&output, "push")["commands"][0], "coracle push worker");
    let asked = fleet.asked();
    let tests: Vec<&String> = asked.iter().filter(|it| it.starts_with("test ")).collect();
    assert!(
        matches!(&*tests, [test] if test.ends_with("-short example.com/worker") || test.ends_with(" example.com/worker")),
        "{tests:?}"
    );
    for build in asked.iter().filter(|it| it.starts_with("build ")) {
        assert!(!build.contains("cmd/api"), "{build}");
    }
    assert!(fleet.path("dist/worker.tar").is_file());
    assert!(!fleet.path("dist/api.tar").exists());
    assert!(registry.manifest("team/worker", "latest").is_some());
    assert!(registry.manifest("team/api", "latest").is_none());
}

#[test]
fn a_changed_library_runs_the_tests_of_what_depends_on_it_and_no_others() {
    let fleet = Fleet::new();
    fleet.environment.write(
        "lib/words/words.go",
        "package words\n\nfunc Count() int { return 2 }\n",
    );
    let output = fleet
        .environment
        .run(["ci", "--json", "--since", "main"])
        .success();
    assert_eq!(
        tested(&output),
        ["example.com/lib/words", "example.com/worker"]
    );
    assert_eq!(
        named(&output, "build")["commands"][0],
        "coracle build worker"
    );
}

#[test]
fn nothing_touched_starts_no_test_and_no_compiler() {
    let fleet = Fleet::new();
    fleet.environment.write("README.md", "# the fleet\n");
    fleet.environment.write("docs/new.md", "# new\n");
    let output = fleet
        .environment
        .run(["ci", "--json", "--since", "main"])
        .success();
    for name in ["lint", "test", "build"] {
        let stage = named(&output, name);
        assert_eq!(stage["state"], "skipped", "{output}");
        assert_eq!(stage["reason"], "nothing of it was touched since main");
    }
    assert_eq!(fleet.asked(), Vec::<String>::new());
    let explained = fleet
        .environment
        .run(["ci", "--since", "main", "--explain"]);
    let expected = "test\n    skipped: nothing of it was touched since main\n";
    assert!(explained.success().stdout.contains(expected));
}

#[test]
fn whatever_belongs_to_a_package_touches_it_and_what_depends_on_it() {
    let fleet = Fleet::new();
    let remove = |path: &str| std::fs::remove_file(fleet.path(path)).expect("a file");
    let write = |path: &str, text: &str| drop(fleet.environment.write(path, text));
    type Change<'a> = (&'a str, &'a dyn Fn(), &'a str, &'a str);
    let greeting = "api/cmd/api lib/greet worker/jobs";
    let changes: &[Change<'_>] = &[
        (
            "data of tests",
            &|| write("worker/testdata/in.txt", "2"),
            "worker",
            "build worker",
        ),
        (
            "what is embedded",
            &|| write("worker/static/page.html", "<b>"),
            "worker",
            "build worker",
        ),
        (
            "new in what is embedded",
            &|| write("worker/static/x/y.css", "b"),
            "worker",
            "build worker",
        ),
        (
            "a test",
            &|| write("lib/greet/greet_test.go", "package greet\n"),
            "lib/greet",
            "",
        ),
        (
            "a deleted file",
            &|| remove("lib/words/words_test.go"),
            "lib/words",
            "",
        ),
        (
            "a deleted source",
            &|| {
                write(
                    "lib/greet/greet.go",
                    "package greet\n\nfunc Hello() string { return \"\" }\n",
                );
                fleet.repository.git(["add", "--all"]);
                remove("lib/greet/more.go");
            },
            greeting,
            "build api",
        ),
        (
            "an untracked file",
            &|| write("lib/words/new.go", "package words\n"),
            "lib/words worker",
            "build worker",
        ),
        (
            "a file for another system",
            &|| write("lib/words/a_windows.s", ""),
            "lib/words worker",
            "build worker",
        ),
        (
            "a package for another system",
            &|| write("api/wide/wide_windows.go", "package wide\n"),
            "",
            "",
        ),
        (
            "what is copied",
            &|| write("config/new.yaml", ""),
            "",
            "build api",
        ),
        (
            "a moved file",
            &|| {
                let (from, to) = ("worker/testdata/in.txt", "api/cmd/api/in.txt");
                fleet.repository.git(["mv", from, to]);
            },
            "api/cmd/api worker",
            "build worker",
        ),
        (
            "a module file",
            &|| write("lib/go.mod", "module example.com/lib\n\ngo 1.26.0\n"),
            "./lib/... ./api/... ./worker/...",
            "build",
        ),
        (
            "the settings",
            &|| write("coracle.toml", &format!("{SETTINGS}# more\n")),
            "./lib/... ./api/... ./worker/...",
            "build",
        ),
        ("coracle's own", &|| write("dist/api.tar", ""), "", ""),
    ];
    for (what, change, tests, build) in changes {
        change();
        let expected = ((*tests).to_owned(), (*build).to_owned());
        assert_eq!(fleet.touched("main"), expected, "{what}");
        fleet.reset();
    }
}

#[test]
fn a_package_that_is_gone_touches_who_imports_it() {
    let fleet = Fleet::new();
    std::fs::remove_dir_all(fleet.path("lib/greet")).expect("a folder");
    let (tested, built) = fleet.touched("main");
    // Go cannot load the packages, and tells why when it tests all.
    assert_eq!(tested, "./lib/... ./api/... ./worker/...");
    assert_eq!(built, "build api");
}

#[test]
fn a_module_of_others_passes_a_change_on() {
    let mut fleet = Fleet::new();
    let (proxy, module) = (ModuleProxy::empty(), "git.example.invalid/between");
    let go_mod = format!("module {module}\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n");
    let source = "package between\n\nimport _ \"example.com/lib/words\"\n";
    let files = [("go.mod", &*go_mod), ("between.go", source)];
    let published = proxy.publish_files(module, "v1.0.0", &files);
    fleet.environment.set("GOPROXY", proxy.url());
    fleet.environment.set("GONOSUMDB", "git.example.invalid");
    let go_mod = format!("module example.com/api\n\ngo 1.26\n\nrequire {module} v1.0.0\n");
    fleet.environment.write("api/go.mod", go_mod);
    fleet.environment.write("api/go.sum", published.go_sum);
    let import = format!("package main\n\nimport _ \"{module}\"\n");
    fleet.environment.write("api/cmd/api/between.go", import);
    fleet.repository.commit_all("between");
    let words = "package words\n\nfunc Count() int { return 2 }\n";
    fleet.environment.write("lib/words/words.go", words);
    let expected = ("api/cmd/api lib/words worker", "build");
    let (tested, built) = fleet.touched("HEAD");
    assert_eq!((&*tested, &*built), expected);
}

#[test]
fn what_others_have_done_since_is_no_change() {
    let fleet = Fleet::new();
    fleet
        .repository
        .git(["checkout", "--quiet", "-b", "change"]);
    fleet.environment.write("worker/testdata/in.txt", "2");
    fleet.repository.commit_all("worker");
    fleet.repository.git(["checkout", "--quiet", "main"]);
    fleet
        .environment
        .write("lib/greet/new.go", "package greet\n");
    fleet.repository.commit_all("greet");
    fleet.repository.git(["checkout", "--quiet", "change"]);
    assert_eq!(fleet.touched("main").0, "worker");
}

#[test]
fn a_later_run_without_it_tests_all_the_rest() {
    let fleet = Fleet::new();
    fleet.environment.write("worker/testdata/in.txt", "2");
    let since = ["ci", "--json", "--since", "main"];
    let output = fleet.environment.run(since).success();
    assert_eq!(tested(&output), ["example.com/worker"]);
    // The same again is known, and for a part no share of all statements is asked.
    let again = fleet.environment.run(since).success();
    assert_eq!(
        named(&again, "test")["reason"],
        "nothing changed since it passed"
    );
    for args in [["ci", "--json"].as_slice(), &["ci", "--json", "--resume"]] {
        // Of the library no statement is covered, which only a run for all asks.
        let output = fleet.environment.run(args).ends_with(1);
        assert_eq!(tested(&output).len(), 5, "{output}");
        output.says("asks for 10 %");
    }
}

#[test]
fn what_passed_for_a_change_does_not_count_when_a_run_for_all_goes_on() {
    let settings = [
        OWN_ONLY,
        &stage("a", "", ""),
        &stage("b", "exit 1", "needs = [\"a\"]"),
    ];
    let environment = with_module(&settings.concat());
    GitRepository::create(environment.work());
    let since = ["ci", "--since", "main", "--resume"];
    environment.run(since).ends_with(1);
    environment.run(since).ends_with(1);
    assert_eq!(ran(&environment), ["a", "b", "b"]);
    environment.run(["ci", "--resume"]).ends_with(1);
    assert_eq!(ran(&environment), ["a", "b", "b", "a", "b"]);
}

#[test]
fn a_stage_of_ones_own_is_skipped_when_none_of_its_inputs_changed() {
    let settings = [
        OWN_ONLY,
        &stage("read", "", "inputs = [\"web/**\"]"),
        &stage(
            "make",
            "read -r x < web/a.css; echo $x > made",
            "inputs = [\"web/*.css\"]\noutputs = [\"made\"]",
        ),
        &stage("use", "", "needs = [\"make\"]\ninputs = [\"made\"]"),
        &stage("always", "", ""),
    ];
    let environment = with_module(&settings.concat());
    environment.write("web/a.css", "first\n");
    environment.write(".gitignore", "made\n");
    GitRepository::create(environment.work());
    let runs = |expected: &[&str]| {
        let _ = std::fs::remove_file(environment.root().join("ran"));
        environment
            .run(["ci", "--since", "main", "--jobs", "1"])
            .success();
        let mut ran = ran(&environment);
        ran.sort();
        assert_eq!(ran, expected);
    };
    // A fresh clone has nothing of what stages make.
    runs(&["always", "make", "use"]);
    runs(&["always"]);
    environment.write("web/a.txt", "new");
    runs(&["always", "read"]);
    environment.write("web/a.css", "changed\n");
    runs(&["always", "make", "read", "use"]);
}

#[test]
fn an_image_is_touched_by_what_a_stage_makes_for_it() {
    let more = "inputs = [\"web/**\"]\noutputs = [\"config/made\"]";
    let settings = [SETTINGS, &stage("make", "echo x > config/made", more)].concat();
    let fleet = Fleet::with(&settings);
    fleet.environment.write(".gitignore", "config/made\n");
    fleet.environment.write("config/made", "x\n");
    fleet.environment.write("web/a.css", "");
    fleet.repository.commit_all("web");
    assert_eq!(fleet.touched("HEAD").1, "");
    fleet.environment.write("web/a.css", "b");
    assert_eq!(fleet.touched("HEAD").1, "build api");
}

#[test]
fn where_a_deploy_follows_all_images_are_pushed_for_it_or_none() {
    let deploy = "[defaults]\nrepository = \"registry.example.com/{name}\"\n\n[deploy]\nhow = { command = { run = [\"true\"] } }\n";
    let fleet = Fleet::with(&[SETTINGS, deploy].concat());
    let push = |state: &str| {
        let args = [
            "ci",
            "--event",
            "main",
            "--since",
            "main",
            "--explain",
            "--json",
        ];
        let output = fleet.environment.run(args).success();
        for name in ["push", "deploy"] {
            assert_eq!(named(&output, name)["state"], state, "{name}");
        }
        named(&output, "push")["commands"][0].clone()
    };
    push("skipped");
    fleet.environment.write("worker/static/page.html", "<b>");
    assert_eq!(push("not-run"), "coracle push --report dist/pushed.json");
}

#[test]
fn what_names_no_commit_or_has_none_in_common_is_an_error_that_says_what_to_type() {
    let fleet = Fleet::new();
    for (since, says) in [
        ("nowhere", "git fetch origin nowhere:nowhere"),
        (
            "origin/main",
            "git fetch origin main:refs/remotes/origin/main",
        ),
        ("--output=x", "there is no such commit here"),
    ] {
        let since = format!("--since={since}");
        let output = fleet.environment.run(["ci", &since]);
        output.ends_with(2).says(says);
    }
    assert!(!fleet.path("x").exists());
    fleet
        .repository
        .git(["checkout", "--quiet", "--orphan", "other"]);
    fleet.repository.commit_all("other");
    let output = fleet.environment.run(["ci", "--since", "main"]);
    output.ends_with(2).says("no commit in common");
    assert_eq!(fleet.asked(), Vec::<String>::new());
}

#[test]
fn a_clone_that_does_not_see_where_the_change_began_says_what_to_fetch() {
    let fleet = Fleet::new();
    fleet
        .repository
        .git(["checkout", "--quiet", "-b", "change"]);
    for (branch, text) in [("change", "2"), ("main", "3")] {
        fleet.repository.git(["checkout", "--quiet", branch]);
        fleet.environment.write("worker/testdata/in.txt", text);
        fleet.repository.commit_all(branch);
    }
    let folder = fleet.environment.root().join("clone");
    let options = ["--depth=1", "--no-single-branch", "--branch=change"];
    git::clone(&fleet.environment.work(), &folder, &options);
    let output = fleet
        .environment
        .run_in(&folder, ["ci", "--since", "origin/main"]);
    output
        .ends_with(2)
        .says("shallow clone")
        .says("git fetch --unshallow origin main:refs/remotes/origin/main")
        .says("fetch-depth: 0");
    let deep = GitRepository::open(&folder);
    deep.git([
        "fetch",
        "--quiet",
        "--unshallow",
        "origin",
        "main:refs/remotes/origin/main",
    ]);
    let args = ["ci", "--since", "origin/main", "--explain"];
    let output = fleet.environment.run_in(&folder, args).success();
    assert!(output.stdout.contains("coracle build worker"), "{output}");
}

#[test]
fn without_a_repository_nothing_tells_what_changed() {
    let environment = with_module("");
    environment
        .run(["ci", "--since", "main"])
        .ends_with(2)
        .says("no git repository")
        .says("hint: do all there is: coracle ci");
}
