//! What is not done again: compiling, compressing, asking.

use crate::support::TestEnvironment;
use crate::support::git::GitRepository;
use crate::support::http::Method;
use crate::support::registry::FakeRegistry;
use crate::support::samples::printing;

/// How often packages were loaded and programs compiled, by the watched go program.
fn compiles(environment: &TestEnvironment) -> usize {
    let commands = environment.go_commands();
    commands
        .iter()
        .filter(|command| *command == "build")
        .count()
}

fn built(environment: &TestEnvironment, args: &[&str]) -> String {
    let output = environment.run([&["build"], args].concat()).success();
    output.line().to_owned()
}

#[test]
fn an_unchanged_program_is_compiled_once() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let first = built(&environment, &[]);
    assert_eq!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 1, "{:?}", environment.go_commands());
}

#[test]
fn what_go_does_not_read_compiles_nothing() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let first = built(&environment, &[]);
    environment.write("README.md", "# hello");
    environment.write("_notes.go", "no Go at all");
    environment.write("testdata/x.go", "package x");
    assert_eq!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 1);
}

#[test]
fn a_change_is_compiled_and_what_was_there_before_is_remembered() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let main = environment.read("main.go");
    let first = built(&environment, &[]);
    environment.write("main.go", printing("another"));
    let second = built(&environment, &[]);
    assert_ne!(first, second);
    environment.write("main.go", main);
    assert_eq!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 2);
}

#[test]
fn every_setting_of_the_compiler_is_part_of_what_is_remembered() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    built(&environment, &[]);
    for (number, set) in [
        "go.env={ GOAMD64 = \"v2\" }",
        "go.tags=[\"x\"]",
        "go.debug=true",
        "go.ldflags=[\"-funcalign=32\"]",
        "layers.compression=zstd",
        "layers.level=9",
    ]
    .into_iter()
    .enumerate()
    {
        built(&environment, &["--set", set]);
        assert_eq!(compiles(&environment), number + 2, "{set}");
    }
}

#[test]
fn an_image_that_is_configured_anew_is_not_compiled_anew() {
    let environment =
        TestEnvironment::with_watched_go().with_project("[images.a]\nmain = \"./cmd/a\"\n", &["a"]);
    let first = built(&environment, &[]);
    environment.write(
        "coracle.toml",
        "[images.a]\nmain = \"./cmd/a\"\nenv = { X = \"1\" }\n",
    );
    assert_ne!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 1);
}

#[test]
fn files_that_did_not_change_make_no_new_layer() {
    let config = "[images.a]\nmain = \"./cmd/a\"\nfiles = [{ from = \"data\", to = \"/data\" }]\n";
    let environment = TestEnvironment::with_watched_go().with_project(config, &["a"]);
    environment.write("data/x", "1");
    let first = built(&environment, &[]);
    let again = environment.run(["build", "-v"]).success();
    assert_eq!(again.line(), first);
    assert!(!again.talk().contains(" layers "), "{again}");
    environment.write("data/x", "2");
    assert_ne!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 1);
}

#[test]
fn a_layer_that_is_harmed_in_the_cache_is_made_again() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let first = built(&environment, &[]);
    let blobs = environment.root().join("cache/blobs/sha256");
    for blob in std::fs::read_dir(blobs).expect("a shelf").flatten() {
        std::fs::write(blob.path(), "harmed").expect("a harmed blob");
    }
    assert_eq!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 2);
}

#[test]
fn a_memo_that_is_harmed_is_as_if_it_had_never_been_there() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let first = built(&environment, &[]);
    let memos = environment.root().join("cache/memos");
    for memo in std::fs::read_dir(memos).expect("a shelf").flatten() {
        let text = std::fs::read_to_string(memo.path()).expect("a memo");
        std::fs::write(memo.path(), text.replace("\"size\":", "\"size\":1")).expect("a lie");
    }
    assert_eq!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 2);
}

#[test]
fn packages_that_patterns_pass_over_are_remembered_like_all_others() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", "module example.com/hello\n\ngo 1.26\n");
    environment.write(
        "main.go",
        "package main\n\nimport \"example.com/hello/testdata/odd\"\n\nfunc main() { println(odd.Text) }\n",
    );
    environment.write(
        "testdata/odd/odd.go",
        "package odd\n\nimport \"example.com/hello/testdata/odder\"\n\nconst Text = odder.Text\n",
    );
    let odder = |text: &str| {
        let source = format!("package odder\n\nconst Text = \"{text}\"\n");
        environment.write("testdata/odder/odder.go", source);
    };
    odder("1");
    let first = built(&environment, &[]);
    assert_eq!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 1);
    odder("2");
    assert_ne!(built(&environment, &[]), first);
    assert_eq!(compiles(&environment), 2);
}

#[test]
fn a_file_that_nobody_saw_keeps_a_program_from_being_remembered() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", "module example.com/hello\n\ngo 1.26\n");
    // What it imports is found by Go alone, which reads the escape.
    environment.write(
        "main.go",
        "package main\n\nimport \"example.com/hello/testdata/\\u006fdd\"\n\nfunc main() { println(odd.Text) }\n",
    );
    let odd = |text: &str| {
        let source = format!("package odd\n\nconst Text = \"{text}\"\n");
        environment.write("testdata/odd/odd.go", source);
    };
    odd("1");
    let first = environment.run(["build"]).success();
    let first_line = first.line().to_owned();
    first.says("example.com/hello is compiled each time");
    odd("2");
    assert_ne!(built(&environment, &[]), first_line);
}

#[test]
fn what_assembly_includes_from_elsewhere_keeps_a_program_from_being_remembered() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("defs.h", "");
    let including = |name: &str| {
        environment.write("add.s", format!("#include \"{name}\"\n"));
        environment.run(["build"]).success()
    };
    for beside in ["defs.h", "textflag.h"] {
        including(beside);
        let before = compiles(&environment);
        including(beside);
        assert_eq!(compiles(&environment), before, "{beside}");
    }
    environment.write("inner/defs.inc", "");
    environment.write("defs.inc", "");
    for elsewhere in ["inner/defs.inc", "defs.inc"] {
        let said = including(elsewhere);
        said.says("is compiled each time")
            .says(&format!("add.s includes {elsewhere}"));
        let before = compiles(&environment);
        including(elsewhere);
        assert_eq!(compiles(&environment), before + 1, "{elsewhere}");
    }
}

#[test]
fn a_module_outside_of_the_project_keeps_a_program_from_being_remembered() {
    let environment = TestEnvironment::with_watched_go();
    let go_mod = "module example.com/hello\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\n\
                  replace example.com/lib => ../lib\n";
    environment.write("app/go.mod", go_mod);
    environment.write(
        "app/main.go",
        "package main\n\nimport \"example.com/lib\"\n\nfunc main() { println(lib.Text) }\n",
    );
    environment.write("lib/go.mod", "module example.com/lib\n\ngo 1.26\n");
    environment.write("lib/lib.go", "package lib\n\nconst Text = \"1\"\n");
    let build = |environment: &TestEnvironment| {
        let output = environment.run_in("app", ["build"]).success();
        output.line().to_owned()
    };
    let first = build(&environment);
    environment.write("lib/lib.go", "package lib\n\nconst Text = \"2\"\n");
    assert_ne!(build(&environment), first);
}

#[test]
fn an_unchanged_push_starts_no_go_and_asks_one_thing_per_tag() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository, "--tag", "a", "--tag", "b"];
    let first = environment.run(push).success();
    let known = registry.journal().len();
    let second = environment.run(push).success();
    assert_eq!(first.stdout, second.stdout);
    let asked: Vec<String> = registry
        .journal()
        .requests_after(known)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(
        asked.iter().all(|line| line.starts_with("HEAD ")),
        "{asked:?}"
    );
    assert_eq!(compiles(&environment), 1);
}

#[test]
fn a_tag_that_was_moved_meanwhile_is_moved_back_without_compiling() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository];
    let main = environment.read("main.go");
    let first = environment.run(push).success();
    environment.write("main.go", printing("another"));
    environment.run(push).success();
    environment.write("main.go", main);
    let known = registry.journal().len();
    assert_eq!(environment.run(push).success().stdout, first.stdout);
    let requests = registry.journal().requests_after(known);
    let puts = requests.iter().filter(|it| it.method == Method::PUT);
    assert_eq!(puts.count(), 1, "{requests:#?}");
    assert_eq!(compiles(&environment), 2);
}

#[test]
fn a_commit_relinks_nothing_where_nothing_is_stamped() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write(".gitignore", "dist/\n");
    let repository = GitRepository::create(environment.work());
    built(&environment, &[]);
    environment.write("docs/x.md", "x");
    repository.at("2025-01-01T00:00:00Z").commit_all("second");
    built(&environment, &[]);
    assert_eq!(compiles(&environment), 1);
}

#[test]
fn images_stamped_from_their_inputs_stay_as_they_are_when_others_change() {
    let config = "[stamp]\nfrom = \"inputs\"\n\n[images.a]\nmain = \"./cmd/a\"\n\n\
                  [images.b]\nmain = \"./cmd/b\"\n";
    let environment = TestEnvironment::with_watched_go().with_project(config, &["a", "b"]);
    environment.write(".gitignore", "dist/\n");
    let stamped = "package main\n\nvar version string\n\nfunc main() { println(version) }\n";
    environment.write("cmd/a/main.go", stamped);
    environment.write("cmd/b/main.go", stamped);
    let repository = GitRepository::create(environment.work());
    let images = |environment: &TestEnvironment| {
        let output = environment.run(["build"]).success();
        let lines: Vec<String> = output.stdout.lines().map(str::to_owned).collect();
        (lines[0].clone(), lines[1].clone())
    };
    let (a, b) = images(&environment);
    assert_eq!(compiles(&environment), 1);
    environment.write("cmd/b/more.go", "package main\n");
    repository.at("2025-01-01T00:00:00Z").commit_all("second");
    let (same_a, other_b) = images(&environment);
    assert_eq!(a, same_a);
    assert_ne!(b, other_b);
    assert_eq!(compiles(&environment), 2);
}

#[test]
fn a_layer_that_an_earlier_run_brought_elsewhere_is_mounted_from_there() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let registry = FakeRegistry::start();
    let push = |name: &str| {
        let repository = registry.repository(name);
        environment.run(["push", "--repo", &repository]).success();
    };
    push("team/first");
    let known = registry.journal().len();
    push("team/second");
    let requests = registry.journal().requests_after(known);
    let mounts = requests
        .iter()
        .filter(|it| it.to_string().contains("from=team%2Ffirst"));
    // The base and the program.
    assert_eq!(mounts.count(), 2, "{requests:#?}");
    let largest = requests.iter().map(|it| it.body_bytes).max();
    assert!(largest < Some(10_000), "{requests:#?}");
}

#[test]
fn packages_that_a_flag_names_by_folder_are_others_in_another_folder() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", "module example.com/app\n\ngo 1.21\n");
    environment.write("lib/lib.go", "package lib\n\nfunc Do() { println(1) }\n");
    environment.write(
        "cmd/app/main.go",
        "package main\n\nimport \"example.com/app/lib\"\n\nfunc main() { lib.Do() }\n",
    );
    let flags = ["--set", "go.flags=[\"-cover\", \"-coverpkg=./...\"]"];
    let digest = |args: &[&str]| {
        let output = environment.run([&["build"], args, &flags].concat());
        let line = output.success().line().to_owned();
        line.split_once('@').expect("a digest").1.to_owned()
    };
    let both = digest(&["./cmd/app"]);
    let own = digest(&["-C", "cmd/app", "."]);
    assert_ne!(both, own);
}
