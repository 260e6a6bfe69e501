//! Statements about images, judged by those who define their forms.

use std::process::Command;

use crate::support::TestEnvironment;
use crate::support::folders;
use crate::support::git::GitRepository;
use crate::support::python::PythonPackages;
use crate::support::registry::FakeRegistry;
use crate::support::statements::Statements;

#[test]
fn statements_are_what_in_toto_and_slsa_say_they_are() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let git = GitRepository::create(environment.work());
    git.git([
        "remote",
        "add",
        "origin",
        "https://git.example.com/team/hello",
    ]);
    // Once as it was committed, and once not quite.
    for more in ["", "package main\n"] {
        if !more.is_empty() {
            environment.write("more.go", more);
        }
        let repository = registry.repository("team/hello");
        let output = environment.run(["push", "--repo", &repository]).success();
        let (_, digest) = output.line().split_once('@').expect("a digest");
        let said = Statements::of(&registry, "team/hello", digest);
        let mut validate = PythonPackages::get("attestation-validators").program("python");
        validate.arg(folders::project().join("tests/tools/attestation-validators/validate.py"));
        // A signature says nothing but its type, as cosign has it, and in-toto wants a word more.
        let statements = said
            .all()
            .filter(|statement| statement["predicate"] != serde_json::json!({}));
        for (number, statement) in statements.enumerate() {
            let name = format!("{number}.json");
            validate.arg(environment.write(name, statement.to_string()));
        }
        assert_eq!(printed(&mut validate).lines().count(), 3);
        for number in 0..3 {
            let file = environment.work().join(format!("{number}.json"));
            std::fs::remove_file(file).expect("a file");
        }
    }
}

/// Runs a program to a good end, and returns what it printed.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout
}
