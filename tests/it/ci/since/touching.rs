//! Which packages and images a change touches, as `--explain` tells it.

use super::super::stage;
use super::fleet::{Fleet, SETTINGS};
use crate::support::module_proxy::ModuleProxy;

/// What is written into which file, and what then is tested and built.
const WRITTEN: [(&str, &str, &str, &str); 11] = [
    // Data of tests, what is embedded, and what is new in that.
    ("worker/testdata/in.txt", "2", "worker", "build worker"),
    ("worker/static/page.html", "<b>", "worker", "build worker"),
    ("worker/static/x/y.css", "b", "worker", "build worker"),
    ("lib/greet/it_test.go", "package greet\n", "lib/greet", ""),
    // Git does not keep these.
    (
        "lib/words/new.go",
        "package words\n",
        "lib/words worker",
        "build worker",
    ),
    ("config/new.yaml", "", "", "build api"),
    // These are for another system.
    (
        "lib/words/a_windows.s",
        "",
        "lib/words worker",
        "build worker",
    ),
    ("api/wide/wide_windows.go", "package wide\n", "", ""),
    (
        "lib/go.mod",
        "module example.com/lib\n\ngo 1.26.0\n",
        ALL,
        "build",
    ),
    // A profile decides how a program is compiled.
    ("worker/default.pgo", "", "worker", "build worker"),
    // Coracle's own, of earlier runs.
    ("dist/api.tar", "", "", ""),
];

const ALL: &str = "./lib/... ./api/... ./worker/...";

#[test]
fn whatever_belongs_to_a_package_touches_it_and_what_depends_on_it() {
    let fleet = Fleet::new();
    for (path, text, tests, build) in WRITTEN {
        fleet.environment.write(path, text);
        fleet.expect(tests, build, path);
        fleet.reset();
    }
}

#[test]
fn the_settings_touch_everything() {
    let fleet = Fleet::new();
    let settings = format!("{SETTINGS}# more\n");
    fleet.environment.write("coracle.toml", settings);
    fleet.expect(ALL, "build", "settings");
}

#[test]
fn what_is_gone_or_moved_touches_where_it_was_and_where_it_is() {
    let fleet = Fleet::new();
    let remove = |path: &str| std::fs::remove_file(fleet.path(path)).expect("a file");
    remove("lib/words/it_test.go");
    fleet.expect("lib/words", "", "a deleted test");
    fleet.reset();

    let greet = "package greet\n\nfunc Hello() string { return \"\" }\n";
    fleet.environment.write("lib/greet/greet.go", greet);
    fleet.repository.git(["add", "--all"]);
    remove("lib/greet/more.go");
    let greeting = "api/cmd/api lib/greet worker/jobs";
    fleet.expect(greeting, "build api", "a deleted source");
    fleet.reset();

    let (from, to) = ("worker/testdata/in.txt", "api/cmd/api/in.txt");
    fleet.repository.git(["mv", from, to]);
    fleet.expect("api/cmd/api worker", "build worker", "a moved file");
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
