//! What does not run again, and what does.

use super::{OWN_ONLY, pairs, ran, stage, states, with_module};
use crate::support::programs;

#[test]
fn nothing_changed_starts_no_compiler_and_no_test() {
    let environment = with_module("");
    environment.run(["ci"]).success();
    let before = environment.go_commands();
    let output = environment.run(["ci"]).success();
    let expected = pairs(&[
        ("lint", "skipped"),
        ("test", "skipped"),
        ("build", "passed"),
    ]);
    assert_eq!(states(&output), expected, "{output}");
    let after = environment.go_commands().split_off(before.len());
    let works = |command: &String| ["build", "list", "test", "vet"].contains(&command.as_str());
    assert!(!after.iter().any(works), "{after:?}");
}

#[test]
fn an_archive_that_is_being_written_is_nothing_that_tests_read() {
    let environment = with_module("");
    environment.run(["ci"]).success();
    environment.write("dist/.coracle-a1b2c3.tmp", "half of it");
    let output = environment.run(["ci"]).success();
    let expected = ("test".to_owned(), "skipped".to_owned());
    assert!(states(&output).contains(&expected), "{output}");
}

#[test]
fn whatever_tests_may_read_runs_them_again() {
    let mut environment = with_module("");
    environment.run(["ci"]).success();
    let tested = |environment: &crate::support::TestEnvironment| {
        let output = environment.run(["ci"]).success();
        states(&output).contains(&("test".to_owned(), "passed".to_owned()))
    };
    assert!(!tested(&environment));
    for (path, text) in [
        ("testdata/golden.txt", "x"),
        ("README.md", "# hello"),
        ("main_test.go", "package main\n"),
        ("coracle.toml", "[pipeline.test]\nflags = [\"-count=1\"]\n"),
        (
            "coracle.toml",
            "[pipeline.stages.test]\nenv = { KIND = \"b\" }\n",
        ),
    ] {
        environment.write(path, text);
        assert!(tested(&environment), "{path} {text}");
        assert!(!tested(&environment), "{path} {text}");
    }
    environment.set("GOEXPERIMENT", "nodwarf5");
    assert!(tested(&environment));
}

#[test]
fn tests_that_failed_run_again() {
    let environment = with_module("");
    let wrong = "package main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { t.Fatal() }\n";
    environment.write("main_test.go", wrong);
    environment.run(["ci"]).ends_with(1);
    environment.run(["ci"]).ends_with(1);
}

#[test]
fn a_link_that_leads_out_of_the_source_keeps_tests_from_being_skipped() {
    let environment = with_module("");
    let outside = environment.root().join("outside.txt");
    std::fs::write(&outside, "").expect("a file");
    let link = environment.work().join("outside.txt");
    std::os::unix::fs::symlink(&outside, link).expect("a link");
    environment.run(["ci", "--from", "test"]).success();
    let output = environment.run(["ci", "--from", "test"]).success();
    assert!(
        states(&output).contains(&("test".to_owned(), "passed".to_owned())),
        "{output}"
    );
}

#[test]
fn what_go_is_told_elsewhere_runs_tests_again() {
    let mut environment = with_module("");
    let home = environment.root().join("settings");
    std::fs::create_dir_all(home.join("go")).expect("a folder");
    environment.set("XDG_CONFIG_HOME", &home);
    let state = || {
        let output = environment.run(["ci"]).success();
        let states = states(&output).into_iter();
        let of_test = states.filter(|(name, _)| name == "test");
        of_test.map(|(_, state)| state).collect::<String>()
    };
    assert_eq!((state(), state()), ("passed".into(), "skipped".into()));
    std::fs::write(home.join("go/env"), "GOFLAGS=-tags=other\n").expect("a file");
    assert_eq!((state(), state()), ("passed".into(), "skipped".into()));
    let overlay = "GOFLAGS=-overlay=/elsewhere.json -tags=other\n";
    std::fs::write(home.join("go/env"), overlay).expect("a file");
    environment.run(["ci"]).ends_with(1);
}

#[test]
fn a_home_that_is_no_folder_says_nothing() {
    let mut environment = with_module("");
    environment.set("HOME", "/dev/null");
    environment.run(["ci"]).success();
    let output = environment.run(["ci"]).success();
    let expected = ("test".to_owned(), "skipped".to_owned());
    assert!(states(&output).contains(&expected), "{output}");
}

#[test]
fn files_that_a_stage_itself_names_elsewhere_keep_it_from_being_skipped() {
    let environment = with_module("");
    let outside = |name: &str, text: &str| {
        let path = environment.root().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let overlay = format!("-overlay={}", outside("overlay.json", "{}"));
    let settings = outside("go-env", "");
    for (table, broken) in [
        (
            format!("[pipeline.test]\nflags = [{overlay:?}]\n"),
            "overlay.json",
        ),
        (
            format!("[pipeline.stages.test]\nenv = {{ GOFLAGS = {overlay:?} }}\n"),
            "overlay.json",
        ),
        (
            format!("[pipeline.stages.test]\nenv = {{ GOENV = {settings:?} }}\n"),
            "go-env",
        ),
    ] {
        environment.write("coracle.toml", &table);
        environment.run(["ci"]).success();
        let kept = environment.root().join(broken);
        let before = std::fs::read(&kept).expect("a file");
        outside(broken, "GOFLAGS=-nosuchflag\n");
        environment.run(["ci"]).ends_with(1);
        std::fs::write(&kept, before).expect("a file");
    }
}

#[test]
fn a_module_outside_of_the_source_keeps_tests_from_being_skipped() {
    let environment = with_module("");
    let lib = environment.root().join("lib");
    std::fs::create_dir(&lib).expect("a folder");
    std::fs::write(lib.join("go.mod"), "module example.com/lib\n").expect("a file");
    let says = |what: &str| {
        let source = format!("package lib\n\nconst Says = {what:?}\n");
        std::fs::write(lib.join("lib.go"), source).expect("a file");
    };
    says("a");
    environment.write(
        "main_test.go",
        "package main\n\nimport (\n\t\"testing\"\n\n\t\"example.com/lib\"\n)\n\n\
         func TestIt(t *testing.T) {\n\tif lib.Says != \"a\" {\n\t\tt.Fatal(lib.Says)\n\t}\n}\n",
    );
    let required = "\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n";
    let go_mod = environment.work().join("go.mod");
    let module = std::fs::read_to_string(&go_mod).expect("a go.mod");
    environment.write("go.mod", [&module, required].concat());
    environment.run(["ci"]).success();
    says("b");
    environment.run(["ci"]).ends_with(1);
    says("a");
    environment.run(["ci"]).success();
    let own = stage("a", "exit 3", "");
    environment.write("coracle.toml", &own);
    environment.run(["ci"]).ends_with(1);
    says("b");
    let output = environment.run(["ci", "--resume"]).ends_with(1);
    assert!(
        states(&output).contains(&("test".to_owned(), "failed".to_owned())),
        "{output}"
    );
}

#[test]
fn a_stage_runs_again_when_its_inputs_change_or_its_outputs_do() {
    let more = "inputs = [\"web/*.txt\"]\noutputs = [\"made.txt\"]";
    let environment = with_module(&[OWN_ONLY, &stage("a", "echo x > made.txt", more)].concat());
    environment.write("web/a.txt", "1");
    let runs = |expected: usize| {
        environment.run(["ci"]).success();
        assert_eq!(ran(&environment).len(), expected);
    };
    runs(1);
    runs(1);
    environment.write("web/a.css", "no input");
    runs(1);
    environment.write("web/a.txt", "2");
    runs(2);
    environment.write("web/b.txt", "");
    runs(3);
    environment.write("made.txt", "somebody else's");
    runs(4);
    std::fs::remove_file(environment.work().join("made.txt")).expect("a file");
    runs(5);
    runs(5);
}

#[test]
fn caches_in_the_source_are_no_source() {
    let more = "inputs = [\"**\"]";
    let script = "mkdir -p .cache/go-build; echo $$ > .cache/go-build/made";
    let mut environment = with_module(&[OWN_ONLY, &stage("a", script, more)].concat());
    environment.link_program("mkdir", &programs::find("mkdir"));
    for (name, folder) in [("CORACLE_CACHE", "coracle"), ("GOCACHE", "go-build")] {
        environment.set(name, environment.work().join(".cache").join(folder));
    }
    for _ in 0..3 {
        environment.run(["ci"]).success();
    }
    assert_eq!(ran(&environment), ["a"]);
}

#[test]
fn what_links_among_the_inputs_stand_for_runs_a_stage_again() {
    let more = "inputs = [\"web\", \"through/**\"]";
    let environment = with_module(&[OWN_ONLY, &stage("a", "", more)].concat());
    environment.write("web/a.txt", "1");
    environment.write("shared/file.txt", "1");
    environment.write("shared/folder/deep/file.txt", "1");
    environment.write("passed/file.txt", "1");
    let link = |target: &str, name: &str| {
        let path = environment.work().join(name);
        std::os::unix::fs::symlink(target, path).expect("a link");
    };
    link("../shared/file.txt", "web/file");
    link("../shared/folder", "web/folder");
    // It leads in a circle, once it is followed.
    link("../../web", "shared/folder/back");
    link("passed", "through");
    let runs = |expected: usize| {
        environment.run(["ci"]).success();
        assert_eq!(ran(&environment).len(), expected);
    };
    runs(1);
    runs(1);
    for (number, file) in [
        "shared/file.txt",
        "shared/folder/deep/file.txt",
        "shared/folder/new.txt",
        "passed/file.txt",
    ]
    .iter()
    .enumerate()
    {
        environment.write(file, "2");
        runs(number + 2);
        runs(number + 2);
    }
    environment.write("shared/other.txt", "no link leads here");
    runs(5);
    // Nobody knows what this one stands for.
    link("/nowhere", "web/nowhere");
    runs(6);
    runs(7);
}
