//! `--watch`: documents come out again whenever what they name has changed.

use super::applying::with_kubectl;
use super::{published, resolve, services};
use crate::support::TestEnvironment;
use crate::support::registry::FakeRegistry;
use crate::support::running::{Running, Signal, until};

/// Makes the program of `web` another.
fn change(environment: &TestEnvironment, body: &str) {
    let source = format!("package main\n\nfunc main() {{ {body} }}\n");
    environment.write("cmd/web/main.go", source);
}

fn start<'a>(environment: &'a TestEnvironment, registry: &FakeRegistry, verb: &str) -> Running<'a> {
    let repository = registry.repository("team/{name}");
    environment.start(&[verb, "--watch", "--repo", &repository, "-f", "shop.yaml"])
}

fn says(environment: &TestEnvironment, name: &str, text: &str) -> bool {
    let path = environment.root().join(name);
    let said = std::fs::read_to_string(path).unwrap_or_default();
    said.contains(text)
}

#[test]
fn a_watch_prints_documents_again_when_a_change_makes_them_others() {
    let (environment, registry) = services();
    environment.write("shop.yaml", "image: coracle://web\n");
    let run = start(&environment, &registry, "resolve");
    until("the first round is over", || {
        says(&environment, "stderr", "waiting for a change")
    });
    let first = format!("image: {}\n---\n", published(&registry, "web"));
    assert_eq!(environment.read("../stdout"), first.as_bytes());
    // A round that fails ends nothing.
    change(&environment, "undefined()");
    until("the failure is told", || {
        says(&environment, "stderr", "cannot compile ./cmd/web")
    });
    change(&environment, "println(1)");
    environment.write("shop.yaml", "image: coracle://web # two\n");
    until("the change is out", || {
        says(&environment, "stdout", "# two")
    });
    let second = format!("image: {} # two\n---\n", published(&registry, "web"));
    assert_eq!(environment.read("../stdout"), (first + &second).as_bytes());
    run.signal(Signal::INT);
    run.end().ends_with(130);
    environment.assert_no_processes();
}

#[test]
fn a_watch_applies_again_and_ctrl_c_ends_it_while_it_compiles_too() {
    let (environment, registry) = services();
    with_kubectl(&environment, "");
    environment.write("shop.yaml", "image: coracle://web\n");
    let run = start(&environment, &registry, "apply");
    let is_applied = || {
        let manifest = registry.manifest("team/web", "latest");
        manifest.is_some_and(|it| says(&environment, "documents", &it.digest()))
    };
    until("the first is applied", || {
        is_applied() && says(&environment, "stderr", "waiting for a change")
    });
    let first = published(&registry, "web");
    change(&environment, "println(1)");
    until("the change is applied", || {
        published(&registry, "web") != first && is_applied()
    });
    environment.hang_go("build", crate::support::watched_programs::Manners::Polite);
    change(&environment, "println(2)");
    until("go hangs", || environment.hanging().exists());
    run.signal(Signal::INT);
    run.end().ends_with(130);
    environment.assert_no_processes();
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let (environment, registry) = services();
    with_kubectl(&environment, "");
    environment.write("shop.yaml", "image: coracle://web\n");
    resolve(&environment, &registry, &["-f", "-", "--watch"])
        .ends_with(2)
        .says("stdin is read once, and cannot be watched");
    environment
        .run(["create", "-f", "shop.yaml", "--watch"])
        .ends_with(2)
        .says("coracle apply --watch changes what is there");
    let args = ["-f", "shop.yaml", "--watch", "--dry-run"];
    resolve(&environment, &registry, &args).ends_with(2);
    assert_eq!(registry.journal().len(), 0);
}
