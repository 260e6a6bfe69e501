//! `coracle explain` beside what is rebuilt: commands, and modules.

use std::process::Command;

use super::checking::{DRIVER, Project, STORE};
use crate::support::image::parse;
use crate::support::layout::Layout;
use crate::support::{TestEnvironment, schema};

fn assert_schema(environment: &TestEnvironment, of: &str, document: &str) {
    let wanted = environment.run(["schema", of]).success();
    schema::assert_valid(
        &parse(document.as_bytes()),
        &parse(wanted.stdout.as_bytes()),
    );
}

#[test]
fn the_commands_that_are_shown_make_the_program_of_the_image() {
    let environment = TestEnvironment::new().with_hello();
    let shown = environment.run(["explain", "-x"]).success();
    let program = environment.root().join("by-hand");
    let script = format!(
        "set -eu\n{}\ncp \"$WORK\"/out/hello {}\n",
        shown.stdout,
        program.display()
    );
    let by_hand = Command::new("sh")
        .args(["-c", &script])
        .output()
        .expect("a shell");
    assert!(by_hand.status.success(), "{script}\n{by_hand:?}");
    environment.run(["build"]).success();
    let image = Layout::in_archive(&environment.work().join("dist/hello.tar")).image("latest");
    let by_hand = std::fs::read(program).expect("the program");
    assert!(image.entry("hello").content == by_hand);
}

#[test]
fn commands_are_listed_by_platform_and_without_passwords() {
    let mut environment = TestEnvironment::new().with_hello();
    environment.set("GOPROXY", "https://me:hunter2@proxy.example.invalid");
    let platforms = [
        "explain",
        "--commands",
        "--platform",
        "linux/amd64,linux/arm64",
    ];
    let said = environment
        .run([&platforms[..], &["--json"]].concat())
        .success();
    assert_schema(&environment, "commands", &said.stdout);
    let document = parse(said.stdout.as_bytes());
    let batches = document["batches"].as_array().expect("batches");
    for (batch, arch) in batches.iter().zip(["amd64", "arm64"]) {
        assert_eq!(batch["platform"], format!("linux/{arch}"));
        assert_eq!(batch["programs"][0], "example.com/hello");
        let line = batch["commands"][0]["line"].as_str().expect("a line");
        for part in [
            "CGO_ENABLED=0 ",
            &format!("GOARCH={arch} "),
            "GOENV=off ",
            "GOPROXY=off ",
            "/bin/go build ",
        ] {
            assert!(line.contains(part), "{part:?} in {line}");
        }
    }
    let text = environment.run(platforms).success();
    for said in [said, text] {
        assert!(!said.stdout.contains("hunter2"), "{said}");
    }
}

#[test]
fn what_is_missing_is_fetched_by_a_command_that_is_shown() {
    let project = Project::new();
    let said = project.environment.run(["explain", "-x"]).success();
    let fetches = format!("mod download -json -- {DRIVER}@v1.2.0 {STORE}@v1.0.0\n");
    assert!(said.stdout.contains(&fetches), "{said}");
    assert!(
        said.stdout
            .contains("\n# compiles and links again, only where modules were missing\n"),
        "{said}"
    );
    project.environment.run(["build"]).success();
    let said = project.environment.run(["explain", "-x"]).success();
    assert!(!said.stdout.contains("mod download"), "{said}");
}

#[test]
fn a_module_is_explained_by_the_imports_that_lead_to_it() {
    let project = Project::new();
    let why = |name: &str| project.environment.run(["explain", "--why", name]);
    let wanted = format!(
        "{DRIVER}@v1.2.0 (linux/amd64)\n  asked for at go.mod:7\n    example.com/hello\n  → {STORE}\n  → {DRIVER}\n  modules that import it: {STORE}\n"
    );
    assert_eq!(why(DRIVER).success().stdout, wanted);
    assert_eq!(why(&format!("{DRIVER}/deeper")).success().stdout, wanted);
    let json = project
        .environment
        .run(["explain", "--why", DRIVER, "--json"])
        .success();
    assert_schema(&project.environment, "module-graph", &json.stdout);
    let modules = &parse(json.stdout.as_bytes())["platforms"][0]["modules"];
    assert_eq!(modules.as_array().map(Vec::len), Some(1), "{json}");
    let slip = project
        .environment
        .run(["explain", "-q", "--why", "git.example.invalid/sql/drivers"])
        .ends_with(2);
    insta::assert_snapshot!(slip.talk(), @"
    error: [check] git.example.invalid/sql/drivers: no program is compiled from it, and no go.mod asks for it
      hint: did you mean git.example.invalid/sql/driver?
    ");
    why("example.org/nothing").ends_with(2);
}

#[test]
fn a_module_that_is_asked_for_in_vain_is_named_so() {
    let project = Project::new();
    project
        .environment
        .write("main.go", "package main\n\nfunc main() {}\n");
    let said = project
        .environment
        .run(["explain", "--why", STORE])
        .success();
    assert_eq!(
        said.stdout,
        format!(
            "{STORE}@v1.0.0\n  asked for at go.mod:5\n  no program is compiled from it; whether a test needs it: go mod why -m {STORE}\n"
        )
    );
    let tree = project
        .environment
        .run(["explain", "--graph", "tree"])
        .success();
    assert!(
        tree.stdout.ends_with(&format!(
            "asked for by go.mod, and in no program:\n  {DRIVER}@v1.2.0\n  {STORE}@v1.0.0\n"
        )),
        "{tree}"
    );
}

#[test]
fn the_modules_of_a_build_are_a_tree_or_a_graph() {
    let project = Project::new();
    let graph = |flags: &[&str]| {
        let platforms = ["--platform", "linux/amd64,linux/arm64"];
        project
            .environment
            .run([&["explain"], flags, &platforms].concat())
            .success()
    };
    assert_eq!(
        graph(&["--graph", "tree"]).stdout,
        format!(
            "linux/amd64, linux/arm64: example.com/hello\nexample.com/hello\n└─ {STORE}@v1.0.0\n   └─ {DRIVER}@v1.2.0\n"
        )
    );
    let dot = graph(&["--graph", "dot"]);
    assert!(
        dot.stdout
            .contains(&format!("  \"{STORE}\" -> \"{DRIVER}\";\n")),
        "{dot}"
    );
    assert_eq!(dot.stdout.matches("->").count(), 2, "{dot}");
    assert_schema(
        &project.environment,
        "module-graph",
        &graph(&["--graph", "tree", "--json"]).stdout,
    );
}

#[test]
fn only_one_thing_is_explained_at_once() {
    let environment = TestEnvironment::new().with_hello();
    for flags in [
        ["-x", "--graph=dot"],
        ["-x", "--why=a"],
        ["--graph=tree", "--inputs"],
    ] {
        environment
            .run([&["explain"][..], &flags].concat())
            .ends_with(2);
    }
}
