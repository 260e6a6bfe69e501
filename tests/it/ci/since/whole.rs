//! Stages that do all there is in spite of `--since`, and say why.

use serde_json::{Value, json};

use super::super::{OWN_ONLY, stage, with_module};
use super::fleet::{Fleet, SETTINGS};
use crate::support::TestEnvironment;
use crate::support::git::GitRepository;
use crate::support::schema::assert_valid;

/// Returns why stages of a run for the last commit would do all there is, by name.
#[track_caller]
fn wholes(environment: &TestEnvironment) -> Value {
    let args = ["ci", "--event", "main", "--since", "HEAD", "--explain"];
    let output = environment.run([&args[..], &["--json"]].concat()).success();
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let schema = environment.run(["schema", "ci"]).success();
    assert_valid(
        &document,
        &serde_json::from_str(&schema.stdout).expect("a schema"),
    );
    let stages = document["stages"].as_array().expect("stages").iter();
    let told = stages.filter_map(|stage| {
        let name = stage["name"].as_str().expect("a name").to_owned();
        Some((name, stage.get("whole")?.clone()))
    });
    Value::Object(told.collect())
}

#[test]
fn what_decides_how_all_is_built_is_named() {
    let fleet = Fleet::new();
    let why = "lib/go.mod changed";
    let go_mod = "module example.com/lib\n\ngo 1.26.0\n";
    fleet.environment.write("lib/go.mod", go_mod);
    assert_eq!(
        wholes(&fleet.environment),
        json!({ "lint": why, "test": why, "build": why })
    );
    let args = ["ci", "--since", "HEAD", "--explain"];
    let explained = fleet.environment.run(args).success().stdout;
    let expected = format!("test\n    # all of it: {why}\n    go test ");
    assert!(explained.contains(&expected), "{explained}");
}

#[test]
fn what_touches_each_package_by_itself_is_told_apart_from_what_go_cannot_tell() {
    let fleet = Fleet::new();
    for name in ["greet", "words"] {
        let source = format!("package {name}\n\nfunc init() {{}}\n");
        fleet
            .environment
            .write(format!("lib/{name}/new.go"), source);
    }
    let packages = "every package is touched, or depends on one that is";
    let images = "every image is touched";
    assert_eq!(
        wholes(&fleet.environment),
        json!({ "lint": packages, "test": packages, "build": images })
    );
    fleet.reset();
    std::fs::remove_dir_all(fleet.path("lib/greet")).expect("a folder");
    let unknown = "go list cannot tell which packages there are";
    assert_eq!(
        wholes(&fleet.environment),
        json!({ "lint": unknown, "test": unknown })
    );
}

#[test]
fn a_push_for_a_deploy_says_that_it_takes_all_images() {
    let deploy = "[defaults]\nrepository = \"registry.example.com/{name}\"\n\n[deploy]\nhow = { command = { run = [\"true\"] } }\n";
    let fleet = Fleet::with(&[SETTINGS, deploy].concat());
    assert_eq!(wholes(&fleet.environment), json!({}));
    fleet.environment.write("worker/static/page.html", "<b>");
    assert_eq!(
        wholes(&fleet.environment),
        json!({ "push": "an environment names all images" })
    );
}

#[test]
fn stages_of_ones_own_say_why_they_run_and_so_does_the_run() {
    let settings = [
        OWN_ONLY,
        &stage("known", "", "inputs = [\"web/**\"]"),
        &stage("unknown", "", ""),
    ]
    .concat();
    let environment = with_module(&settings);
    GitRepository::create(environment.work());
    let unknown = "without inputs nobody knows what it reads";
    assert_eq!(wholes(&environment), json!({ "unknown": unknown }));
    environment
        .run(["ci", "--since", "main"])
        .success()
        .says(&format!(
            "unknown: all of it, in spite of --since: {unknown}\n"
        ));
    environment.write("coracle.toml", format!("{settings}# more\n"));
    assert_eq!(
        wholes(&environment),
        json!({ "known": "coracle.toml changed", "unknown": unknown })
    );
}
