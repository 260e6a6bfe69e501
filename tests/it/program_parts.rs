//! What the history keeps of the bytes of programs, beside what `size` says of them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::git::GitRepository;
use crate::support::image::{array, parse};
use crate::support::{TestEnvironment, history};

/// A program that uses much of Go's own packages, and one of another module.
const MAIN: &str = "package main\n\nimport \"net/http\"\n\nfunc main() { println(http.ListenAndServe(\"\", nil)) }\n";

fn bytes(of: &Value) -> u64 {
    of.as_u64().expect("bytes")
}

/// Returns how many bytes each module has, by the record of a program.
fn by_module(program: &Value) -> BTreeMap<String, u64> {
    let mut modules = BTreeMap::new();
    for part in array(&program["parts"]) {
        let name = part["module"].as_str().unwrap_or_default();
        *modules.entry(name.to_owned()).or_default() += bytes(&part["size_bytes"]);
    }
    modules
}

#[test]
fn what_is_recorded_of_programs_agrees_with_size_on_every_platform() {
    let environment = TestEnvironment::new().with_hello();
    environment.write("main.go", MAIN);
    for platform in ["linux/amd64", "linux/386", "darwin/arm64", "windows/amd64"] {
        environment.run(["dist", "--platform", platform]).success();
        let record = history::last(&environment);
        let program = &record["programs"][0];
        let recorded = by_module(program);
        let all: u64 = recorded.values().sum();
        assert_eq!(all, bytes(&program["size_bytes"]), "{platform}");
        let ending = if platform.starts_with("windows") {
            ".exe"
        } else {
            ""
        };
        let file = format!("dist/hello-{}{ending}", platform.replace('/', "-"));
        let said = environment.run(["size", &file, "--json"]).success();
        let said = parse(said.stdout.as_bytes());
        let modules = array(&said["subjects"][0]["program"]["modules"]);
        for name in ["std", "example.com/hello"] {
            let module = modules.iter().find(|it| it["name"] == name).expect(name);
            let (code, tables) = (
                bytes(&module["parts"]["code_bytes"]),
                bytes(&module["parts"]["table_bytes"]),
            );
            let recorded = recorded[name];
            assert!(
                (code..=code + tables).contains(&recorded),
                "{platform}: {name} has {recorded}, and by size {code} and {tables}"
            );
        }
    }
}

#[test]
fn a_program_of_dist_that_grew_since_its_last_release_is_named_with_its_modules() {
    let environment = TestEnvironment::new().with_hello();
    let source = GitRepository::create(environment.work());
    source.tag("v1.0.0");
    let dist = || {
        let flags = [
            "dist",
            "--platform",
            "linux/amd64",
            "--archive",
            "zip",
            "-o",
            "out",
        ];
        environment.run(flags).success();
        history::last(&environment)["programs"][0].clone()
    };
    let first = dist();
    assert_eq!(first["version"], "v1.0.0");
    environment.write("main.go", MAIN);
    source.commit_all("more");
    let second = dist();
    // The program counts, not the archive that it is in.
    let sum: u64 = by_module(&second).values().sum();
    assert_eq!(sum, bytes(&second["size_bytes"]));
    let said = environment.run(["report", "--check"]).ends_with(1);
    for what in [
        "BROKEN   example.com/hello since v1.0.0",
        "linux/amd64: from",
        "; std from",
    ] {
        assert!(said.stdout.contains(what), "no {what}: {said}");
    }
    let metrics = environment
        .run(["report", "--format", "openmetrics"])
        .success();
    let size = format!(
        "platform=\"linux/amd64\"}} {}",
        bytes(&second["size_bytes"])
    );
    assert!(metrics.stdout.contains(&size), "{metrics}");
}
