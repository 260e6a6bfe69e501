//! Many images in one run: what one loses is not lost by the others, and what is there is left alone.

use crate::support::TestEnvironment;
use crate::support::http::{Act, Fault, Method, Refusal};
use crate::support::image::parse;
use crate::support::registry::FakeRegistry;
use crate::support::samples::HELLO;
use axum::http::StatusCode;

/// A project of so many services, `s0` and on.
fn fleet(count: usize) -> TestEnvironment {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", "module example.com/fleet\n\ngo 1.26\n");
    let table = |number| {
        environment.write(format!("cmd/s{number}/main.go"), HELLO);
        format!("[images.s{number}]\nmain = \"./cmd/s{number}\"\n")
    };
    let config: Vec<String> = (0..count).map(table).collect();
    environment.write("coracle.toml", config.concat());
    environment
}

fn push(environment: &TestEnvironment, registry: &FakeRegistry) -> crate::support::Output {
    let repository = registry.repository("team/{name}");
    environment.run(["push", "--repo", &repository])
}

#[test]
fn all_programs_are_compiled_by_one_go_build_and_told_in_a_table() {
    let (environment, registry) = (fleet(12), FakeRegistry::start());
    let output = push(&environment, &registry).success();
    assert_eq!(output.stdout.lines().count(), 12);
    let builds = environment.go_commands();
    let builds = builds.iter().filter(|command| *command == "build");
    assert_eq!(builds.count(), 1);
    output
        .says("NAME  DIGEST")
        .says("12 of 12 images, 0 unchanged, 0 failed;");
}

#[test]
fn an_image_that_fails_loses_nothing_of_the_others_and_the_next_run_makes_what_is_missing() {
    let (environment, registry) = (fleet(12), FakeRegistry::start());
    environment.write(
        "cmd/s3/main.go",
        "package main\n\nfunc main() { undefined() }\n",
    );
    let output = push(&environment, &registry).ends_with(1);
    assert_eq!(output.stdout.lines().count(), 11);
    output
        .says("cannot compile ./cmd/s3")
        .says("11 of 12 images, 0 unchanged, 1 failed;");
    environment.write("cmd/s3/main.go", HELLO);
    let known = registry.journal().len();
    let output = push(&environment, &registry).success();
    assert_eq!(output.stdout.lines().count(), 12);
    output.says("12 of 12 images, 11 unchanged, 0 failed;");
    let asked = registry.journal().requests_after(known);
    let heads = asked.iter().filter(|it| it.method == Method::HEAD);
    let of_others = heads.filter(|it| !it.path().contains("/s3/"));
    assert_eq!(of_others.count(), 11);
}

#[test]
fn a_repository_that_takes_nothing_keeps_no_other_image_back() {
    let (environment, registry) = (fleet(3), FakeRegistry::start());
    let denied = Refusal::new(StatusCode::FORBIDDEN, "DENIED", "not for you");
    registry.misbehave(Fault::on(
        Method::POST,
        "/v2/team/s1/blobs/uploads/",
        Act::Refuse(denied),
    ));
    let repository = registry.repository("team/{name}");
    let output = environment
        .run(["push", "--json", "--repo", &repository])
        .ends_with(1);
    let report = parse(output.stdout.as_bytes());
    assert_eq!(report["failed_images"], serde_json::json!(["s1"]));
    assert_eq!(report["errors"][0]["exit_code"], 77);
    for (name, tags) in [("s0", 1), ("s1", 0), ("s2", 1)] {
        assert_eq!(registry.tags(&format!("team/{name}")).len(), tags, "{name}");
    }
}

#[test]
fn many_unchanged_images_cost_a_request_each() {
    let (environment, registry) = (fleet(40), FakeRegistry::start());
    push(&environment, &registry).success();
    let known = registry.journal().len();
    let builds = environment.go_commands().len();
    push(&environment, &registry).success().says("40 unchanged");
    assert_eq!(registry.journal().requests_after(known).len(), 40);
    let asked = environment.go_commands().split_off(builds);
    assert!(!asked.contains(&"build".to_owned()), "{asked:?}");
}
