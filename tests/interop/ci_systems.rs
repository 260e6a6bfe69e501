//! What there is for CI systems, held to the schemas that these publish.

use std::path::Path;

use crate::podman::run;
use crate::support::ci_systems;
use crate::support::python::PythonPackages;

/// Holds a file to a schema that comes with the tool.
#[track_caller]
fn check(schema: &str, file: &Path) {
    let mut check = PythonPackages::get("ci-schemas").program("check-jsonschema");
    check
        .arg("--builtin-schema")
        .arg(format!("vendor.{schema}"));
    if schema == "gitlab-ci" {
        check.args(["--data-transform", "gitlab-ci"]);
    }
    run(check.arg(file));
}

/// Holds a text to a schema.
#[track_caller]
fn check_text(schema: &str, text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file.yml");
    std::fs::write(&file, text).expect("a file");
    check(schema, &file);
}

#[test]
fn the_action_and_the_workflows_of_the_docs_are_what_github_says_they_are() {
    check("github-actions", &ci_systems::path(ci_systems::ACTION));
    for workflow in ci_systems::workflows() {
        check_text("github-workflows", &workflow);
    }
}

#[test]
fn the_component_and_the_pipeline_of_the_docs_are_what_gitlab_says_they_are() {
    let (head, jobs) = ci_systems::component(&[("image", "registry.example.com/ci:1")]);
    check_text("gitlab-ci", &head);
    check_text("gitlab-ci", &jobs);
    for pipeline in ci_systems::examples("GitLab") {
        check_text("gitlab-ci", &pipeline);
    }
}

#[test]
#[should_panic(expected = "Schema validation errors were encountered")]
fn a_key_that_gitlab_does_not_know_is_found() {
    let (_, jobs) = ci_systems::component(&[("image", "registry.example.com/ci:1")]);
    check_text("gitlab-ci", &jobs.replace("  script:", "  scripts:"));
}
