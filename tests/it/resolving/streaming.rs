//! Documents come out as soon as all that they name is published.

use super::{published, resolve, services};
use crate::support::TestEnvironment;
use crate::support::http::{Act, Fault, Method};
use crate::support::registry::FakeRegistry;
use crate::support::running::{Signal, until};
use crate::support::samples::HELLO;
use crate::support::watched_programs::Manners;

const SHOP: &str = "first: 1\n---\na: ko://example.com/shop/cmd/web\nb: coracle://web\n---\n\
                    c: ko://example.com/shop/cmd/worker\n---\nd: coracle://web\n";

/// Resolves [`SHOP`] until the documents before that of `worker` are out and `is_stuck`, and interrupts it.
fn assert_out_before_worker(
    environment: &TestEnvironment,
    registry: &FakeRegistry,
    is_stuck: impl Fn() -> bool,
) {
    environment.write("shop.yaml", SHOP);
    let repository = registry.repository("team/{name}");
    let run = environment.start(&["resolve", "--repo", &repository, "-f", "shop.yaml"]);
    let stdout = || environment.read("../stdout");
    until("the first documents are out", || {
        stdout().ends_with(b"\n---\n") && stdout().len() > "first: 1\n---\n".len()
    });
    let web = published(registry, "web");
    let wanted = format!("first: 1\n---\na: {web}\nb: {web}\n---\n");
    assert_eq!(String::from_utf8_lossy(&stdout()), wanted);
    until("the worker is waited for", is_stuck);
    run.signal(Signal::INT);
    run.end().ends_with(130);
}

#[test]
fn a_document_is_out_before_the_image_of_the_next_is_published() {
    let (environment, registry) = services();
    let worker = "/v2/team/worker/manifests/*";
    registry.misbehave(Fault::on(Method::PUT, worker, Act::Stall));
    let journal = registry.journal();
    assert_out_before_worker(&environment, &registry, || {
        let sent = journal.requests().into_iter();
        let mut sent = sent.filter(|it| it.method == Method::PUT);
        sent.any(|it| it.path().starts_with("/v2/team/worker/manifests/"))
    });
    assert!(registry.tags("team/worker").is_empty());
}

#[test]
fn what_follows_a_document_that_is_left_out_does_not_wait_for_the_end_of_the_run() {
    let (environment, registry) = services();
    environment.write("cmd/slow/main.go", HELLO);
    let broken = "package main\n\nfunc main() { undefined() }\n";
    environment.write("cmd/worker/main.go", broken);
    let slow = Fault::on(Method::PUT, "/v2/team/slow/manifests/*", Act::Stall);
    registry.misbehave(slow);
    let text = "a: ko://example.com/shop/cmd/worker\nb: ko://example.com/shop/cmd/slow\n---\n\
                c: coracle://web\n---\nd: ko://example.com/shop/cmd/slow\n---\ne: 1\n";
    environment.write("shop.yaml", text);
    let repository = registry.repository("team/{name}");
    let run = environment.start(&["resolve", "--repo", &repository, "-f", "shop.yaml"]);
    let stdout = || String::from_utf8_lossy(&environment.read("../stdout")).into_owned();
    until("what follows is out", || stdout().ends_with("\n---\n"));
    let web = published(&registry, "web");
    assert_eq!(stdout(), format!("c: {web}\n---\n"));
    run.signal(Signal::INT);
    run.end().ends_with(130);
}

#[test]
fn what_is_published_already_is_out_while_go_still_compiles() {
    let (environment, registry) = services();
    let repository = registry.repository("team/{name}");
    environment
        .run(["push", "web", "--repo", &repository])
        .success();
    environment.hang_go("build", Manners::Polite);
    assert_out_before_worker(&environment, &registry, || environment.hanging().exists());
    environment.assert_no_processes();
}

#[test]
fn a_file_ends_with_a_line_before_the_next_begins() {
    let (environment, registry) = services();
    environment.write("a.yaml", "# nothing");
    environment.write("b.yaml", "---\nb: coracle://web");
    environment.write("c.yaml", "---\nc: 1");
    let files = ["-f", "a.yaml,b.yaml,c.yaml"];
    let output = resolve(&environment, &registry, &files).success();
    let web = published(&registry, "web");
    assert_eq!(
        output.stdout,
        format!("# nothing\n---\nb: {web}\n---\nc: 1")
    );
}
